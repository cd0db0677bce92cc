#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

class InfogainLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, InfogainLossTest,
                         testing::ValuesIn(Devices()));

const char* const kInfogainLossText = "type: 'InfogainLoss'";

// Probabilities 1/4 and 3/4.
const Values kInfogainLossScores = {{1, 2}, {0, kLog3}};

TEST_P(InfogainLossTest, WeighsTheLogarithmsByTheLabelsRow) {
  const Values matrix = {{1, 1, 2, 2}, {1, 10, 100, 1000}};
  const float log_4 = 2 * kLog2;
  const float log_4_3 = log_4 - kLog3;
  ExpectNear(
      Forward(kInfogainLossText, {kInfogainLossScores, {{1}, {0}}, matrix}),
      {1 * log_4 + 10 * log_4_3});
  ExpectNear(
      Forward(kInfogainLossText, {kInfogainLossScores, {{1}, {1}}, matrix}),
      {100 * log_4 + 1000 * log_4_3});
}

TEST_P(InfogainLossTest, WithTheIdentityIsSoftmaxWithLoss) {
  const Values identity = {{3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
  const std::string param =
      " loss_param { ignore_label: 2 normalization: FULL }"
      " top: 'loss' top: 'p'";
  const Values scores = Distinct({2, 3, 2, 2});
  const Values labels = {{2, 1, 2, 2}, {0, 1, 2, 0, 2, 1, 0, 0}};
  LayerRun infogain =
      Make(kInfogainLossText + param, {scores, labels, identity});
  LayerRun softmax = Make("type: 'SoftmaxWithLoss'" + param, {scores, labels});
  for (LayerRun* run : {&infogain, &softmax}) {
    run->tops[0].diff.CopyFrom({3});
    run->Forward().Backward();
  }
  ExpectNear(infogain.Top(0), softmax.Top(0));
  ExpectNear(infogain.Top(1), softmax.Top(1));
  ExpectNear(infogain.BottomDiff(0), softmax.BottomDiff(0));
}

TEST_P(InfogainLossTest, ReadsTheMatrixFromAFile) {
  const std::string file = testing::TempDir() + "/infogain.binaryproto";
  BlobProto proto;
  ToProto(Tensor({1, 1, 2, 2}, {1, 10, 100, 1000}), &proto);
  WriteBinaryProto(file, proto);
  const std::string text =
      kInfogainLossText + (" infogain_loss_param { source: '" + file + "' }");
  ExpectNear(Forward(text, {kInfogainLossScores, {{1}, {0}}}),
             Forward(kInfogainLossText, {kInfogainLossScores,
                                         {{1}, {0}},
                                         {{1, 1, 2, 2}, {1, 10, 100, 1000}}}));
}

TEST_P(InfogainLossTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1, 2};
  const Values matrix = Distinct({3, 3}, 3);
  CheckGradient(kInfogainLossText, {{{4, 3}, {}}, {{4}, {0, 2, 1, 1}}, matrix},
                check);
  CheckGradient(
      kInfogainLossText + std::string(" infogain_loss_param { axis: -1 }"
                                      " loss_param { ignore_label: 1 }"),
      {{{2, 2, 3}, {}}, {{2, 2}, {0, 2, 1, 1}}, matrix}, check);
}

TEST_P(InfogainLossTest, WantsAMatrixThatFits) {
  EXPECT_EQ(ErrorOf(kInfogainLossText, {kInfogainLossScores, {{1}, {0}}}),
            "has no matrix H; give infogain_loss_param { source } or a third "
            "bottom");
  EXPECT_EQ(ErrorOf(kInfogainLossText,
                    {kInfogainLossScores, {{1}, {0}}, Constant({3, 3}, 1)}),
            "a matrix H of shape 3x3 does not fit 2 classes");
  const Values matrix = Constant({2, 2}, 1);
  EXPECT_EQ(
      ErrorOf(kInfogainLossText, {kInfogainLossScores, {{1}, {2}}, matrix}),
      "label 2 of sample 0 is not one of the 2 classes (0..1)");
  EXPECT_EQ(
      ErrorOf(kInfogainLossText, {kInfogainLossScores, {{2}, {0, 1}}, matrix}),
      "scores of shape 1x2 need 1 labels, but the second bottom is 2; "
      "is `axis` that of the classes?");
}

}  // namespace
}  // namespace doppio
