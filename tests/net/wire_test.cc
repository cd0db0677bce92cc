#include "net/net_test.h"

namespace doppio {
namespace {

const std::string kWireInput =
    "layer { name: 'in' type: 'Input' top: 'data'\n"
    "        input_param { shape { dim: 2 dim: 3 } } }\n";

TEST(WireTest, ABottomThatNobodyMakesComesWithTheNearestName) {
  EXPECT_EQ(
      ErrorOfNet(kWireInput + "layer { name: 'a' type: 'ReLU' bottom: 'dta' "
                              "top: 'y' }"),
      "test.prototxt:3: layer \"a\" (ReLU): takes blob \"dta\", which no "
      "layer before it makes; did you mean \"data\"?");
}

TEST(WireTest, ABottomBeforeAnythingIsMadeHasNoNearestName) {
  EXPECT_EQ(ErrorOfNet("layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'y' }"),
            "test.prototxt:1: layer \"a\" (ReLU): takes blob \"x\", but no "
            "layer before it makes one");
}

TEST(WireTest, ABottomMadeLaterIsNotThereYet) {
  EXPECT_EQ(ErrorOfNet(kWireInput +
                       "layer { name: 'a' type: 'ReLU' bottom: 'z' top: 'y' }\n"
                       "layer { name: 'b' type: 'ReLU' bottom: 'data' top: 'z' "
                       "}"),
            "test.prototxt:3: layer \"a\" (ReLU): takes blob \"z\", which no "
            "layer before it makes; there is \"data\"");
}

TEST(WireTest, TwoLayersCannotMakeTheSameBlob) {
  EXPECT_EQ(
      ErrorOfNet(kWireInput +
                 "layer { name: 'a' type: 'Sigmoid' bottom: 'data' top: 'y' }\n"
                 "layer { name: 'b' type: 'TanH' bottom: 'data' top: 'y' }"),
      "test.prototxt:4: layer \"b\" (TanH): makes blob \"y\", which an earlier "
      "layer makes already");
}

TEST(WireTest, ALayerInPlaceCannotSharePlaceWithAnotherReader) {
  EXPECT_EQ(
      ErrorOfNet(kWireInput +
                 "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'data' }\n"
                 "layer { name: 'b' type: 'TanH' bottom: 'data' top: 'y' }"),
      "(no Error)");
  EXPECT_EQ(
      ErrorOfNet(kWireInput +
                 "layer { name: 'b' type: 'TanH' bottom: 'data' top: 'y' }\n"
                 "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'data' }"),
      "test.prototxt:4: layer \"a\" (ReLU): works in place on blob \"data\", "
      "which something else takes too; give its top another name");
}

TEST(WireTest, CountsOfBottomsAndTopsAreChecked) {
  EXPECT_EQ(ErrorOfNet("layer { name: 'a' type: 'ReLU' top: 'y' }"),
            "test.prototxt:1: layer \"a\" (ReLU): has 0 bottoms, needs 1");
  EXPECT_EQ(ErrorOfNet(kWireInput +
                       "layer { name: 'a' type: 'Eltwise' bottom: 'data' "
                       "top: 'y' }"),
            "test.prototxt:3: layer \"a\" (Eltwise): has 1 bottom, needs at "
            "least 2");
  EXPECT_EQ(
      ErrorOfNet(kWireInput + "layer { name: 'a' type: 'ReLU' bottom: 'data' "
                              "top: 'y' top: 'z' }"),
      "test.prototxt:3: layer \"a\" (ReLU): has 2 tops, takes 1");
}

TEST(WireTest, AnUnknownTypeComesWithTheNearestName) {
  EXPECT_EQ(ErrorOfNet(kWireInput +
                       "layer { name: 'a' type: 'Convolutoin' bottom: 'data' "
                       "top: 'y' }"),
            "test.prototxt:3: layer \"a\" (Convolutoin): unknown layer type "
            "\"Convolutoin\"; did you mean \"Convolution\"?");
}

TEST(WireTest, LossWeightsAndPropagateDownComeOneForEach) {
  EXPECT_EQ(ErrorOfNet(kWireInput +
                       "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'y' "
                       "loss_weight: 1 loss_weight: 2 }"),
            "test.prototxt:3: layer \"a\" (ReLU): has 2 loss_weights for 1 "
            "tops; give one for each");
  EXPECT_EQ(ErrorOfNet(kWireInput +
                       "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'y' "
                       "propagate_down: true propagate_down: true }"),
            "test.prototxt:3: layer \"a\" (ReLU): has 2 propagate_down for 1 "
            "bottoms; give one for each");
}

TEST(WireTest, AnErrorOfALayerSaysWhereItStands) {
  EXPECT_EQ(ErrorOfNet(kWireInput + "\n\nlayer {\n  name: 'fc' type: "
                                    "'InnerProduct' bottom: 'data' top: 'y'\n}")
                .substr(0, 44),
            "test.prototxt:5: layer \"fc\" (InnerProduct): ");
}

TEST(WireTest, ALayerThatCannotRunInPlaceGetsANewPlaceOfTheSameName) {
  Net net(Source(kWireInput +
                 "layer { name: 'a' type: 'Softmax' bottom: 'data' top: 'data' "
                 "}\n"
                 "layer { name: 'b' type: 'InnerProduct' bottom: 'data' top: "
                 "'data' inner_product_param { num_output: 5 } }"));
  EXPECT_EQ(net.blob("data")->shape(), Shape({2, 5}));
  EXPECT_EQ(net.outputs().size(), 1u);
}

TEST(WireTest, LayersMayHaveTheSameName) {
  Net net(Source(kWireInput +
                 "layer { name: 'a' type: 'InnerProduct' bottom: 'data' top: "
                 "'y' inner_product_param { num_output: 5 } }\n"
                 "layer { name: 'a' type: 'InnerProduct' bottom: 'y' top: 'z' "
                 "inner_product_param { num_output: 4 } }"));
  const NetParameter stored = net.ToProto();
  EXPECT_EQ(stored.layer(1).blobs(0).data_size(), 15);
  EXPECT_EQ(stored.layer(2).blobs(0).data_size(), 20);
  EXPECT_EQ(net.CopyWeights(stored).size(), 2u);
}

}  // namespace
}  // namespace doppio
