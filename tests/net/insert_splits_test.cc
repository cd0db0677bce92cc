#include "net/insert_splits.h"

#include "net/net_test.h"

namespace doppio {
namespace {

using Strings = std::vector<std::string>;

const std::string kSplitsInput =
    "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 2 } "
    "} }\n";

Strings Bottoms(const LayerParameter& layer) {
  return {layer.bottom().begin(), layer.bottom().end()};
}

Strings Tops(const LayerParameter& layer) {
  return {layer.top().begin(), layer.top().end()};
}

TEST(InsertSplitsTest, OneReaderNeedsNoSplit) {
  const NetSource source = Source(
      kSplitsInput + "layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'y' }");
  EXPECT_EQ(Names(InsertSplits(source)), Strings({"in", "a"}));
}

TEST(InsertSplitsTest, EachOfTwoReadersGetsACopy) {
  const NetSource split = InsertSplits(
      Source(kSplitsInput +
             "layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'y' }\n"
             "layer { name: 'b' type: 'ReLU' bottom: 'x' top: 'z' }\n"));
  EXPECT_EQ(Names(split), Strings({"in", "x_in_0_split", "a", "b"}));
  EXPECT_EQ(Tops(split.net.layer(1)),
            Strings({"x_in_0_split_0", "x_in_0_split_1"}));
  EXPECT_EQ(Bottoms(split.net.layer(1)), Strings({"x"}));
  EXPECT_EQ(Bottoms(split.net.layer(2)), Strings({"x_in_0_split_0"}));
  EXPECT_EQ(Bottoms(split.net.layer(3)), Strings({"x_in_0_split_1"}));
  // It stands where the layer stood that made the blob.
  EXPECT_EQ(split.layer_lines, std::vector<int>({1, 1, 2, 3}));
}

TEST(InsertSplitsTest, ALayerThatReadsABlobTwiceIsTwoReaders) {
  const NetSource split = InsertSplits(
      Source(kSplitsInput +
             "layer { name: 'a' type: 'Eltwise' bottom: 'x' bottom: "
             "'x' top: 'y' }"));
  EXPECT_EQ(Bottoms(split.net.layer(2)),
            Strings({"x_in_0_split_0", "x_in_0_split_1"}));
}

TEST(InsertSplitsTest, ReadersAfterALayerInPlaceReadWhatItWrote) {
  const NetSource split = InsertSplits(
      Source(kSplitsInput +
             "layer { name: 'r' type: 'ReLU' bottom: 'x' top: 'x' }"
             "layer { name: 'a' type: 'ReLU' bottom: 'x' top: 'y' }"
             "layer { name: 'b' type: 'ReLU' bottom: 'x' top: 'z' }"));
  EXPECT_EQ(Names(split), Strings({"in", "r", "x_r_0_split", "a", "b"}));
  EXPECT_EQ(Bottoms(split.net.layer(1)), Strings({"x"}));
}

TEST(InsertSplitsTest, TheLossIsAReaderBesideOthers) {
  const NetSource split = InsertSplits(Source(
      kSplitsInput +
      "layer { name: 'a' type: 'Power' bottom: 'x' top: 'y' loss_weight: 3 }"
      "layer { name: 'b' type: 'ReLU' bottom: 'y' top: 'z' }"));
  ASSERT_EQ(Names(split), Strings({"in", "a", "y_a_0_split", "b"}));
  EXPECT_EQ(split.net.layer(1).loss_weight(0), 0);
  EXPECT_EQ(split.net.layer(2).loss_weight(0), 3);
  EXPECT_EQ(split.net.layer(2).loss_weight(1), 0);
  EXPECT_EQ(Bottoms(split.net.layer(3)), Strings({"y_a_0_split_1"}));
}

TEST(InsertSplitsTest, TheLossAloneNeedsNoSplit) {
  const NetSource split = InsertSplits(Source(
      kSplitsInput +
      "layer { name: 'a' type: 'Power' bottom: 'x' top: 'y' loss_weight: 3 }"));
  EXPECT_EQ(Names(split), Strings({"in", "a"}));
  EXPECT_EQ(split.net.layer(1).loss_weight(0), 3);
}

}  // namespace
}  // namespace doppio
