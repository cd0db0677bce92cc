#include "doppio/layer_registry.h"

#include <gtest/gtest.h>

#include "doppio/error.h"

namespace doppio {
namespace {

class Echo : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override {
    LayerTraits traits;
    traits.elementwise = true;
    traits.automatic_tops = true;
    traits.min_tops = 2;
    return traits;
  }
  Shapes Reshape(const Shapes& bottoms) override {
    DeclareParam(0, bottoms[0], {});
    return Shapes(top_count(), bottoms[0]);
  }
  void Forward(const Blobs&, const Blobs&) override {}
  void Backward(const Blobs&, const Blobs&) override {}
};

LayerParameter Param(const std::string& type) {
  LayerParameter param;
  param.set_name("name");
  param.set_type(type);
  return param;
}

LayerRegistry WithEcho() {
  LayerRegistry registry;
  registry.Add("Echo", Device::kCpu,
               [](const LayerParameter& param,
                  const Context& context) -> std::unique_ptr<Layer> {
                 return std::make_unique<Echo>(param, context);
               });
  return registry;
}

std::string CreateError(const LayerRegistry& registry,
                        const std::string& type) {
  try {
    registry.Create(Param(type), Context());
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

TEST(LayerRegistryTest, CreatesALayerByItsType) {
  const auto layer = WithEcho().Create(Param("Echo"), Context());
  EXPECT_EQ(layer->name(), "name");
  EXPECT_EQ(layer->type(), "Echo");
}

TEST(LayerRegistryTest, AnUnknownTypeGetsTheNearest) {
  EXPECT_EQ(CreateError(WithEcho(), "Ecco"),
            "unknown layer type \"Ecco\"; did you mean \"Echo\"?");
  EXPECT_EQ(CreateError(WithEcho(), ""), "has no type");
}

TEST(LayerRegistryTest, SaysWhoseATypeIsThatCaffeDoesNotHave) {
  EXPECT_EQ(CreateError(WithEcho(), "PriorBox"),
            "unknown layer type \"PriorBox\", known from SSD; there is "
            "\"Echo\"");
}

TEST(LayerRegistryTest, SaysThatPythonDoesNotRun) {
  LayerParameter param = Param("Python");
  param.mutable_python_param()->set_module("pyloss");
  param.mutable_python_param()->set_layer("MyLoss");
  try {
    WithEcho().Create(param, Context());
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a Python layer is a program in Python, \"pyloss.MyLoss\", "
                 "which Doppio does not run; write it in C++, as "
                 "src/layers/README.md shows, or leave it out");
  }
}

TEST(LayerRegistryTest, NamesEachTypeOnce) {
  LayerRegistry registry = WithEcho();
  registry.Add("Echo", Device::kCuda, nullptr);
  registry.Add("Alpha", Device::kCpu, nullptr);
  EXPECT_EQ(registry.Types(), std::vector<std::string>({"Alpha", "Echo"}));
}

TEST(LayerRegistryTest, ATypeIsRegisteredOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  LayerRegistry registry = WithEcho();
  EXPECT_DEATH(registry.Add("Echo", Device::kCpu, nullptr),
               "Echo is registered twice");
}

TEST(LayerTest, TakesAParameterOfTheSameShapeOnly) {
  const auto layer = WithEcho().Create(Param("Echo"), Context());
  layer->Reshape({{2, 3}});
  EXPECT_EQ(layer->params()[0].shape, Shape({2, 3}));
  layer->Reshape({{2, 3}});
  ASSERT_EQ(layer->params().size(), 1u);
  try {
    layer->Reshape({{2, 4}});
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "its parameter 0 has shape 2x3, but this input needs 2x4");
  }
}

TEST(LayerTest, AddsTheTopsThatAreLeftOut) {
  LayerParameter param = Param("Echo");
  EXPECT_EQ(WithEcho().Create(param, Context())->Reshape({{2}}).size(), 2u);
  for (const char* top : {"a", "b", "c"}) param.add_top(top);
  EXPECT_EQ(WithEcho().Create(param, Context())->Reshape({{2}}).size(), 3u);
}

}  // namespace
}  // namespace doppio
