#include <cmath>

#include "layers/layer_test.h"

namespace doppio {
namespace {

class SoftmaxWithLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SoftmaxWithLossTest,
                         testing::ValuesIn(Devices()));

std::string SoftmaxWithLossText(const std::string& more = "") {
  return "type: 'SoftmaxWithLoss' " + more;
}

// Probabilities 1/4 and 3/4.
const Values kScores = {{1, 2}, {0, kLog3}};

TEST_P(SoftmaxWithLossTest, IsMinusTheLogarithmOfTheLabelsProbability) {
  ExpectNear(Forward(SoftmaxWithLossText(), {kScores, {{1}, {0}}}),
             {2 * kLog2});
  ExpectNear(Forward(SoftmaxWithLossText(), {kScores, {{1, 1, 1, 1}, {1}}}),
             {2 * kLog2 - kLog3});
}

TEST_P(SoftmaxWithLossTest, GradientIsTheProbabilityLessTheTruth) {
  LayerRun run = Make(SoftmaxWithLossText(),
                      {{{2, 2}, {0, kLog3, kLog3, 0}}, {{2}, {0, 1}}});
  run.tops[0].diff.CopyFrom({8});  // the loss's weight
  run.Forward().Backward();
  ExpectNear(run.BottomDiff(), {-3, 3, 3, -3});
}

TEST_P(SoftmaxWithLossTest, GivesTheProbabilitiesAsSecondTop) {
  LayerRun run =
      Make(SoftmaxWithLossText("top: 'loss' top: 'p'"), {kScores, {{1}, {0}}});
  run.tops[0].diff.CopyFrom({1});
  run.Forward().Backward();
  ExpectNear(run.Top(0), {2 * kLog2});
  ExpectNear(run.Top(1), {0.25f, 0.75f});
  ExpectNear(run.BottomDiff(), {-0.75f, 0.75f});
}

// Two images of three pixels, two classes that are equally likely everywhere.
// Every pixel costs log 2, but for two that are ignored.
TEST_P(SoftmaxWithLossTest, NormalizesAsAsked) {
  const std::vector<Values> bottoms = {Constant({2, 2, 1, 3}, 0),
                                       {{2, 1, 1, 3}, {0, 1, 255, 255, 1, 1}}};
  const auto loss = [&](const std::string& more) {
    return Forward(
        SoftmaxWithLossText("loss_param { ignore_label: 255 " + more + "}"),
        bottoms)[0];
  };
  EXPECT_FLOAT_EQ(loss(""), kLog2);
  EXPECT_FLOAT_EQ(loss("normalization: VALID"), kLog2);
  EXPECT_FLOAT_EQ(loss("normalization: FULL"), kLog2 * 4 / 6);
  EXPECT_FLOAT_EQ(loss("normalization: BATCH_SIZE"), kLog2 * 4 / 2);
  EXPECT_FLOAT_EQ(loss("normalization: NONE"), kLog2 * 4);
  EXPECT_FLOAT_EQ(loss("normalize: true"), kLog2);
  EXPECT_FLOAT_EQ(loss("normalize: false"), kLog2 * 4 / 2);
  EXPECT_FLOAT_EQ(loss("normalize: false normalization: NONE"), kLog2 * 4);
}

TEST_P(SoftmaxWithLossTest, CostsNothingIfAllIsIgnored) {
  LayerRun run = Make(SoftmaxWithLossText("loss_param { ignore_label: 1 }"),
                      {Distinct({3, 2}), Constant({3}, 1)});
  run.tops[0].diff.CopyFrom({1});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({0}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>(6, 0));
}

// The smallest probability that counts is the smallest normal float.
TEST_P(SoftmaxWithLossTest, StaysFiniteWhereTheProbabilityIsZero) {
  ExpectNear(Forward(SoftmaxWithLossText(), {{{1, 2}, {0, 500}}, {{1}, {0}}}),
             {87.33655f});
}

TEST_P(SoftmaxWithLossTest, GradientMatchesDifferences) {
  CheckGradient(SoftmaxWithLossText(), {{{3, 4}, {}}, {{3}, {0, 3, 1}}});
  CheckGradient(SoftmaxWithLossText("softmax_param { axis: -1 }"),
                {{{2, 2, 3}, {}}, {{2, 2}, {0, 2, 1, 1}}});
  for (const char* mode : {"VALID", "FULL", "BATCH_SIZE", "NONE"}) {
    CheckGradient(
        SoftmaxWithLossText("loss_param { ignore_label: 2 normalization: " +
                            std::string(mode) + " }"),
        {{{2, 3, 2, 2}, {}}, {{2, 2, 2}, {0, 2, 1, 1, 2, 1, 0, 0}}});
  }
}

TEST_P(SoftmaxWithLossTest, RefusesLabelsThatAreNoClass) {
  const Values scores = Distinct({4, 10});
  EXPECT_EQ(ErrorOf(SoftmaxWithLossText(), {scores, {{4}, {0, 1, 2, 12}}}),
            "label 12 of sample 3 is not one of the 10 classes (0..9)");
  EXPECT_EQ(ErrorOf(SoftmaxWithLossText(), {scores, {{4}, {0, -1, 2, 3}}}),
            "label -1 of sample 1 is not one of the 10 classes (0..9)");
  EXPECT_EQ(ErrorOf(SoftmaxWithLossText(), {scores, {{4}, {0.5f, 1, 2, 3}}}),
            "label 0.5 of sample 0 is not one of the 10 classes (0..9)");
  EXPECT_EQ(ErrorOf(SoftmaxWithLossText(), {scores, {{4}, {0, 1, NAN, 3}}}),
            "label nan of sample 2 is not one of the 10 classes (0..9)");
  EXPECT_EQ(ErrorOf(SoftmaxWithLossText(),
                    {Distinct({2, 3, 2}), {{2, 2}, {0, 1, 2, 3}}}),
            "label 3 of sample 1, position 1, is not one of the 3 classes "
            "(0..2)");
}

TEST_P(SoftmaxWithLossTest, WantsALabelForEachSoftmax) {
  EXPECT_EQ(
      ErrorOf(SoftmaxWithLossText(), {Distinct({2, 3, 4}), Constant({2}, 0)}),
      "scores of shape 2x3x4 need 8 labels, but the second bottom is 2; "
      "is `axis` that of the classes?");
}

}  // namespace
}  // namespace doppio
