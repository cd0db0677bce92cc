#include "layers/layer_test.h"

namespace doppio {
namespace {

class SigmoidCrossEntropyLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SigmoidCrossEntropyLossTest,
                         testing::ValuesIn(Devices()));

std::string SigmoidCrossEntropyLossText(const std::string& more = "") {
  return "type: 'SigmoidCrossEntropyLoss' " + more;
}

TEST_P(SigmoidCrossEntropyLossTest, IsTheCrossEntropyOfEachScore) {
  // Probabilities 3/4 and 1/2.
  const Values scores = {{1, 2}, {kLog3, 0}};
  ExpectNear(Forward(SigmoidCrossEntropyLossText(), {scores, {{1, 2}, {1, 0}}}),
             {2 * kLog2 - kLog3 + kLog2});
  ExpectNear(
      Forward(SigmoidCrossEntropyLossText(), {scores, {{1, 2}, {0, 0.5f}}}),
      {2 * kLog2 + kLog2});
}

TEST_P(SigmoidCrossEntropyLossTest, StaysFiniteForLargeScores) {
  ExpectNear(Forward(SigmoidCrossEntropyLossText(),
                     {{{1, 3}, {1000, -1000, 1000}}, {{1, 3}, {1, 0, 0}}}),
             {1000});
}

TEST_P(SigmoidCrossEntropyLossTest, NormalizesAsAsked) {
  // Every score costs log 2, but for two that are ignored.
  const std::vector<Values> bottoms = {Constant({2, 3}, 0),
                                       {{2, 3}, {0, 1, -1, -1, 1, 0}}};
  const auto loss = [&](const std::string& more) {
    return Forward(SigmoidCrossEntropyLossText(
                       "loss_param { ignore_label: -1 " + more + "}"),
                   bottoms)[0];
  };
  EXPECT_FLOAT_EQ(loss(""), kLog2 * 4 / 2);
  EXPECT_FLOAT_EQ(loss("normalization: BATCH_SIZE"), kLog2 * 4 / 2);
  EXPECT_FLOAT_EQ(loss("normalization: VALID"), kLog2);
  EXPECT_FLOAT_EQ(loss("normalization: FULL"), kLog2 * 4 / 6);
  EXPECT_FLOAT_EQ(loss("normalization: NONE"), kLog2 * 4);
  EXPECT_FLOAT_EQ(loss("normalize: true"), kLog2);
}

TEST_P(SigmoidCrossEntropyLossTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1};
  CheckGradient(SigmoidCrossEntropyLossText(),
                {{{3, 2}, {}}, {{3, 2}, {0, 1, 0.3f, 1, 0, 0.9f}}}, check);
  CheckGradient(SigmoidCrossEntropyLossText(
                    "loss_param { ignore_label: 2 normalization: VALID }"),
                {{{3, 2}, {}}, {{3, 2}, {0, 1, 2, 1, 0, 2}}}, check);
}

TEST_P(SigmoidCrossEntropyLossTest, WantsATargetForEachScore) {
  EXPECT_EQ(ErrorOf(SigmoidCrossEntropyLossText(),
                    {Distinct({2, 3}), Constant({2}, 0)}),
            "its bottoms are 2x3 and 2; they need equally many elements");
}

}  // namespace
}  // namespace doppio
