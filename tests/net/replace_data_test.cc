#include "net/replace_data.h"

#include "net/net_test.h"

namespace doppio {
namespace {

std::string Data(const std::string& type, const std::string& params,
                 const std::string& rule = "") {
  return "state { phase: TRAIN }\n"
         "layer { name: 'd' type: '" +
         type + "' top: 'data' top: 'label' " + params + rule + " }\n";
}

const std::string kBatch16 =
    "data_param { source: 'nowhere_lmdb' backend: LMDB batch_size: 16 }";

DataFreeNet Replace(const std::string& text, const InputOptions& options = {}) {
  return ReplaceDataLayers(Source(text), options, Context());
}

Shape ShapeOfTop(const DataFreeNet& net, int top) {
  const BlobShape& shape = net.source.net.layer(0).input_param().shape(top);
  return Shape(std::vector<int>(shape.dim().begin(), shape.dim().end()));
}

TEST(ReplaceDataTest, TheCropGivesTheImagesTheirShape) {
  const DataFreeNet net =
      Replace(Data("Data", "transform_param { crop_size: 227 }" + kBatch16));
  EXPECT_EQ(net.source.net.layer(0).type(), "Input");
  EXPECT_EQ(net.replaced.at("d"), "Data");
  EXPECT_EQ(ShapeOfTop(net, 0), Shape({16, 3, 227, 227}));
  EXPECT_EQ(ShapeOfTop(net, 1), Shape({16}));
  EXPECT_EQ(Net(net.source).blob("label")->shape(), Shape({16}));
}

TEST(ReplaceDataTest, GrayImagesHaveOneChannel) {
  const DataFreeNet net = Replace(Data(
      "Data", "transform_param { crop_size: 28 force_gray: true }" + kBatch16));
  EXPECT_EQ(ShapeOfTop(net, 0), Shape({16, 1, 28, 28}));
}

TEST(ReplaceDataTest, ImageDataGivesItsNewSize) {
  const DataFreeNet net =
      Replace(Data("ImageData",
                   "image_data_param { source: 'list' batch_size: 4 "
                   "new_height: 10 new_width: 12 }"));
  EXPECT_EQ(ShapeOfTop(net, 0), Shape({4, 3, 10, 12}));
}

TEST(ReplaceDataTest, AGivenShapeComesFirst) {
  const DataFreeNet net =
      Replace(Data("Data", "transform_param { crop_size: 227 }" + kBatch16),
              {ParseInputShapes("data:8,1,32,30"), 0});
  EXPECT_EQ(ShapeOfTop(net, 0), Shape({8, 1, 32, 30}));
  EXPECT_EQ(ShapeOfTop(net, 1), Shape({8}));
}

TEST(ReplaceDataTest, ABatchHoldsForEveryInput) {
  const DataFreeNet net = Replace(
      Data("Data", "transform_param { crop_size: 227 }" + kBatch16), {{}, 5});
  EXPECT_EQ(ShapeOfTop(net, 0), Shape({5, 3, 227, 227}));
  EXPECT_EQ(ShapeOfTop(net, 1), Shape({5}));
  const DataFreeNet deploy = Replace(
      "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 10 "
      "dim: 3 } } }",
      {{}, 5});
  EXPECT_EQ(ShapeOfTop(deploy, 0), Shape({5, 3}));
  EXPECT_TRUE(deploy.replaced.empty());
}

TEST(ReplaceDataTest, LayersOfAnotherPhaseAreNotAsked) {
  const DataFreeNet net =
      Replace(Data("Data", kBatch16, "include { phase: TEST }"));
  EXPECT_EQ(net.source.net.layer_size(), 0);
}

TEST(ReplaceDataTest, AMissingShapeComesWithTheFlagToGive) {
  EXPECT_EQ(ErrorOf([] { Replace(Data("Data", kBatch16)); })
                .rfind("test.prototxt:2: layer \"d\" (Data): neither its "
                       "parameters nor its data set say the shape of \"data\" "
                       "(",
                       0),
            0u);
  const std::string error = ErrorOf([] { Replace(Data("Data", kBatch16)); });
  const std::string end = "); give --input_shape=data:N,C,H,W";
  EXPECT_EQ(error.substr(error.size() - end.size()), end);
}

TEST(ReplaceDataTest, AShapeForAnUnknownBlobComesWithTheNearestName) {
  EXPECT_EQ(ErrorOf([] {
              Replace(
                  Data("Data", "transform_param { crop_size: 227 }" + kBatch16),
                  {ParseInputShapes("dta:1,2,3,4"), 0});
            }),
            "--input_shape=dta: no data or Input layer makes that blob; did "
            "you mean \"data\"?");
}

TEST(ReplaceDataTest, ABatchNeedsAnInput) {
  const std::string text =
      "layer { name: 'd' type: 'DummyData' top: 'x' dummy_data_param { shape { "
      "dim: 1 } } }";
  EXPECT_EQ(ErrorOf([&] {
              Replace(text, {{}, 5});
            }),
            "--batch=5: the net has no data or Input layer to give it to");
  EXPECT_EQ(ErrorOf([&] {
              Replace(text, {ParseInputShapes("x:2"), 0});
            }),
            "--input_shape=x: the net has no data or Input layer");
}

TEST(ParseInputShapesTest, SeveralBlobsAreSeparatedBySemicolons) {
  const auto shapes = ParseInputShapes("data:64,3,227,227;label:64");
  EXPECT_EQ(shapes.at("data"), Shape({64, 3, 227, 227}));
  EXPECT_EQ(shapes.at("label"), Shape({64}));
  EXPECT_TRUE(ParseInputShapes("").empty());
}

TEST(ParseInputShapesTest, OtherTextIsRefused) {
  for (const std::string text :
       {"data", "data:", "data:3,x", ":3", "data:3,,4", "data:-1"}) {
    EXPECT_EQ(ErrorOf([&] { ParseInputShapes(text); }),
              "--input_shape=" + text + " is not of the form blob:N,C,H,W");
  }
}

}  // namespace
}  // namespace doppio
