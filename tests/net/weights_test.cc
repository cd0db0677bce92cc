#include "net/net_test.h"

namespace doppio {
namespace {

using Floats = std::vector<float>;

std::string Net12(int outputs, const std::string& name = "fc") {
  return "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: "
         "1 dim: 2 } } }\n"
         "layer { name: '" +
         name +
         "' type: 'InnerProduct' bottom: 'x' top: "
         "'y'\n  inner_product_param { num_output: " +
         std::to_string(outputs) +
         " weight_filler { type: 'gaussian' std: 1 } } }";
}

// One layer with blobs of these legacy (four axes) or plain shapes.
NetParameter Weights(const std::string& text) {
  NetParameter net =
      Source("layer { name: 'fc' type: 'InnerProduct' " + text + " }").net;
  return net;
}

const char kPlain[] =
    "blobs { shape { dim: 1 dim: 2 } data: 5 data: 6 }"
    "blobs { shape { dim: 1 } data: 7 }";

TEST(CopyWeightsTest, LayersTakeTheirsByName) {
  Net net(Source(Net12(1)));
  EXPECT_EQ(net.CopyWeights(Weights(kPlain)), std::vector<std::string>({"fc"}));
  EXPECT_EQ(Param(&net, "fc", 0).blob.data.ToVector(), Floats({5, 6}));
  EXPECT_EQ(Param(&net, "fc", 1).blob.data.ToVector(), Floats({7}));
}

TEST(CopyWeightsTest, LayersOfOtherNamesAreLeftAlone) {
  Net net(Source(Net12(1, "other")));
  const Floats before = Param(&net, "other").blob.data.ToVector();
  EXPECT_TRUE(net.CopyWeights(Weights(kPlain)).empty());
  EXPECT_EQ(Param(&net, "other").blob.data.ToVector(), before);
}

TEST(CopyWeightsTest, OldFilesHaveFourAxes) {
  Net net(Source(Net12(1)));
  net.CopyWeights(
      Weights("blobs { num: 1 channels: 1 height: 1 width: 2 data: 5 data: 6 }"
              "blobs { num: 1 channels: 1 height: 1 width: 1 data: 7 }"));
  EXPECT_EQ(Param(&net, "fc", 0).blob.data.ToVector(), Floats({5, 6}));
}

TEST(CopyWeightsTest, AnotherShapeIsRefused) {
  Net net(Source(Net12(3)));
  EXPECT_EQ(ErrorOf([&] { net.CopyWeights(Weights(kPlain)); }),
            "test.prototxt:2: layer \"fc\" (InnerProduct): its parameter 0 has "
            "shape 3x2, but that of the weights has shape 1x2; to learn this "
            "layer from scratch, rename it");
}

TEST(CopyWeightsTest, AnotherNumberOfParametersIsRefused) {
  Net net(Source(Net12(1)));
  EXPECT_EQ(ErrorOf([&] {
              net.CopyWeights(
                  Weights("blobs { shape { dim: 1 dim: 2 } data: 5 data: 6 }"));
            }),
            "test.prototxt:2: layer \"fc\" (InnerProduct): has 2 parameters, "
            "but the weights hold 1; to learn this layer from scratch, rename "
            "it");
}

TEST(ToProtoTest, AnotherNetReadsBackWhatOneWrote) {
  Net net(Source(Net12(4)), Context(Device::kCpu, 1));
  Net other(Source(Net12(4)), Context(Device::kCpu, 2));
  EXPECT_NE(Param(&net, "fc").blob.data.ToVector(),
            Param(&other, "fc").blob.data.ToVector());
  other.CopyWeights(net.ToProto());
  EXPECT_EQ(Param(&net, "fc").blob.data.ToVector(),
            Param(&other, "fc").blob.data.ToVector());
}

TEST(ToProtoTest, InsertedLayersAreNotWritten) {
  Net net(Source(Net12(1) +
                 "layer { name: 'a' type: 'ReLU' bottom: 'y' top: 'a' }"
                 "layer { name: 'b' type: 'ReLU' bottom: 'y' top: 'b' }"));
  EXPECT_EQ(net.ToProto().layer_size(), 4);
  EXPECT_EQ(net.ToProto().layer(1).blobs_size(), 2);
}

}  // namespace
}  // namespace doppio
