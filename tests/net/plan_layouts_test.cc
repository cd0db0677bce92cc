#include "net/net_test.h"

namespace doppio {
namespace {

using Strings = std::vector<std::string>;
using Floats = std::vector<float>;

const std::string kLayoutsInput =
    "force_backward: true\n"
    "layer { name: 'in' type: 'Input' top: 'x' input_param {"
    "  shape { dim: 1 dim: 2 dim: 1 dim: 2 } } }\n";

std::string LayoutsLayer(const std::string& type, const std::string& bottom,
                         const std::string& top) {
  return "layer { name: '" + top + "_" + type + "' type: '" + type +
         "' bottom: '" + bottom + "' top: '" + top + "' }\n";
}

Strings Types(const Net& net) {
  Strings types;
  for (const Step& step : net.steps()) types.push_back(step.layer->type());
  return types;
}

TEST(PlanLayoutsTest, AReorderStandsWhereALayerWantsAnotherLayout) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedSquare", "x", "y")));
  EXPECT_EQ(Types(net), Strings({"Input", "Reorder", "TestBlockedSquare"}));
  EXPECT_TRUE(net.steps()[1].inserted);
  EXPECT_EQ(net.blob("x")->data.layout(), nullptr);
  EXPECT_EQ(LayoutName(net.blob("y")->data.layout()), "aBcd8b");
}

TEST(PlanLayoutsTest, LayersOfOneMindNeedNoReorderBetweenThem) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedSquare", "x", "y") +
                 LayoutsLayer("ReLU", "y", "y") +
                 LayoutsLayer("TestBlockedSquare", "y", "z")));
  EXPECT_EQ(Types(net), Strings({"Input", "Reorder", "TestBlockedSquare",
                                 "ReLU", "TestBlockedSquare"}));
}

TEST(PlanLayoutsTest, ALayerThatReadsRowsGetsAReorderBack) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedSquare", "x", "y") +
                 LayoutsLayer("Flatten", "y", "z")));
  EXPECT_EQ(Types(net), Strings({"Input", "Reorder", "TestBlockedSquare",
                                 "Reorder", "Flatten"}));
}

TEST(PlanLayoutsTest, ValuesAndGradientsPassThroughReorders) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedSquare", "x", "y") +
                 LayoutsLayer("Flatten", "y", "z")));
  Set(&net, "x", {1, 2, 3, 4});
  net.Forward();
  EXPECT_EQ(Values(&net, "z"), Floats({1, 4, 9, 16}));
  net.blob("z")->diff.CopyFrom(Floats{1, 1, 1, 10});
  net.Backward();
  EXPECT_EQ(Diffs(&net, "x"), Floats({2, 4, 6, 80}));
}

TEST(PlanLayoutsTest, AReorderBeforeALayerInPlaceMovesTheBlob) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedDouble", "x", "x") +
                 LayoutsLayer("ReLU", "x", "x") +
                 LayoutsLayer("Flatten", "x", "z")));
  EXPECT_EQ(Types(net), Strings({"Input", "Reorder", "TestBlockedDouble",
                                 "ReLU", "Reorder", "Flatten"}));
  net.steps()[0].top_blobs[0]->data.CopyFrom(Floats{1, 2, -3, 4});
  net.Forward();
  EXPECT_EQ(Values(&net, "x"), Floats({2, 4, 0, 8}));
  EXPECT_EQ(Values(&net, "z"), Floats({2, 4, 0, 8}));
  net.blob("z")->diff.CopyFrom(Floats{1, 1, 1, 1});
  net.Backward();
  EXPECT_EQ(net.steps()[0].top_blobs[0]->diff.ToVector(), Floats({2, 2, 0, 2}));
}

TEST(PlanLayoutsTest, PlanningAnewLeavesNoOldReorders) {
  Net net(Source(kLayoutsInput + LayoutsLayer("TestBlockedSquare", "x", "y") +
                 LayoutsLayer("Flatten", "y", "z")));
  const Strings before = Types(net);
  net.blob("x")->data = Tensor(Shape{1, 2, 1, 1}, Floats{3, 5});
  net.Reshape();
  EXPECT_EQ(Types(net), before);
  EXPECT_EQ(net.places().size(), 5u);
  net.Forward();
  EXPECT_EQ(Values(&net, "z"), Floats({9, 25}));
}

}  // namespace
}  // namespace doppio
