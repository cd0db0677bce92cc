#include "io/blob_proto.h"

#include <google/protobuf/text_format.h>

#include "io/io_test.h"

namespace doppio {
namespace {

using Values = std::vector<float>;

BlobProto Parse(const std::string& text) {
  BlobProto proto;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &proto));
  return proto;
}

TEST(BlobProtoTest, WritesTheBytesThatCaffeWrites) {
  BlobProto proto;
  ToProto(Tensor({2}, Values{1, -2}), &proto);
  const std::string expected(
      "\x2A\x08\x00\x00\x80\x3F\x00\x00\x00\xC0"  // field 5: two floats
      "\x3A\x03\x0A\x01\x02",                     // field 7: { field 1: {2} }
      15);
  EXPECT_EQ(proto.SerializeAsString(), expected);
}

TEST(BlobProtoTest, ReadsWhatItWrote) {
  BlobProto proto;
  proto.add_diff(7);  // of before
  ToProto(Tensor({2, 3}, Values{1, 2, 3, 4, 5, 6}), &proto);
  EXPECT_EQ(ShapeOf(proto), Shape({2, 3}));
  EXPECT_EQ(ValuesOf(proto), Values({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(DiffsOf(proto), Values());
  AddDiffs(Tensor({2, 3}, Values{6, 5, 4, 3, 2, 1}), &proto);
  EXPECT_EQ(ValuesOf(proto), Values({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(DiffsOf(proto), Values({6, 5, 4, 3, 2, 1}));
}

TEST(BlobProtoTest, KeepsScalarsAndEmptyBlobs) {
  BlobProto proto;
  ToProto(Tensor(Shape(), Values{3}), &proto);
  EXPECT_EQ(ShapeOf(proto), Shape());
  EXPECT_EQ(ValuesOf(proto), Values({3}));
  ToProto(Tensor({2, 0}), &proto);
  EXPECT_EQ(ShapeOf(proto), Shape({2, 0}));
  EXPECT_EQ(ValuesOf(proto), Values());
}

TEST(BlobProtoTest, ReadsTheFourOldFieldsAsFourAxes) {
  EXPECT_EQ(ShapeOf(Parse("num: 1 channels: 3 height: 2 width: 5")),
            Shape({1, 3, 2, 5}));
  EXPECT_EQ(ShapeOf(Parse("num: 1 channels: 3")), Shape({1, 3, 0, 0}));
  // As in Caffe, they go first.
  EXPECT_EQ(ShapeOf(Parse("num: 1 channels: 1 height: 1 width: 2 "
                          "shape { dim: 2 }")),
            Shape({1, 1, 1, 2}));
}

TEST(BlobProtoTest, ReadsDoublePrecision) {
  const BlobProto proto =
      Parse("shape { dim: 2 } double_data: [0.5, 3] double_diff: [-1, 0.25]");
  EXPECT_EQ(ValuesOf(proto), Values({0.5, 3}));
  EXPECT_EQ(DiffsOf(proto), Values({-1, 0.25}));
}

TEST(BlobProtoTest, SaysHowManyNumbersAreMissing) {
  EXPECT_EQ(
      ErrorOf([] { ValuesOf(Parse("shape { dim: 2 dim: 2 } data: [1, 2]")); }),
      "a blob of 2x2 needs 4 numbers, but 2 are stored");
  EXPECT_EQ(ErrorOf([] { DiffsOf(Parse("shape { dim: 1 } diff: [1, 2]")); }),
            "a blob of 1 needs 1 numbers, but 2 are stored");
  EXPECT_EQ(ErrorOf([] { ValuesOf(Parse("shape { dim: 3 }")); }),
            "a blob of 3 needs 3 numbers, but none are stored");
}

TEST(BlobProtoTest, RefusesShapesThatCannotBe) {
  EXPECT_EQ(ErrorOf([] { ShapeOf(Parse("shape { dim: 2 dim: -3 }")); }),
            "a blob has the extent -3 along axis 1; 0 to 2147483647 can be");
  EXPECT_EQ(ErrorOf([] { ShapeOf(Parse("shape { dim: 3000000000 }")); }),
            "a blob has the extent 3000000000 along axis 0; 0 to 2147483647 "
            "can be");
  EXPECT_EQ(ErrorOf([] { ShapeOf(Parse("shape { dim: 65536 dim: 65536 }")); }),
            "a blob has more than 2147483647 elements");
}

}  // namespace
}  // namespace doppio
