#include <cmath>

#include "layers/layer_test.h"

namespace doppio {
namespace {

class AccuracyTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, AccuracyTest, testing::ValuesIn(Devices()));

std::string AccuracyText(const std::string& more = "") {
  return "type: 'Accuracy' " + more;
}

std::string TopK(int k) {
  return AccuracyText("accuracy_param { top_k: " + std::to_string(k) + " }");
}

TEST_P(AccuracyTest, IsTheShareOfLabelsWithTheBestScore) {
  const Values scores = {{4, 2}, {1, 2, 2, 1, 1, 2, 1, 2}};
  EXPECT_EQ(Forward(AccuracyText(), {scores, {{4}, {1, 0, 1, 0}}}),
            std::vector<float>({0.75f}));
}

TEST_P(AccuracyTest, CountsTheBestK) {
  const Values scores = {{3, 4}, {4, 3, 2, 1, 1, 2, 3, 4, 3, 4, 1, 2}};
  const Values labels = {{3}, {0, 2, 2}};  // ranks 1, 2 and 4
  EXPECT_FLOAT_EQ(Forward(TopK(1), {scores, labels})[0], 1 / 3.f);
  EXPECT_FLOAT_EQ(Forward(TopK(2), {scores, labels})[0], 2 / 3.f);
  EXPECT_FLOAT_EQ(Forward(TopK(3), {scores, labels})[0], 2 / 3.f);
  EXPECT_FLOAT_EQ(Forward(TopK(4), {scores, labels})[0], 1);
}

TEST_P(AccuracyTest, TiesCountAgainstTheLabel) {
  const std::vector<Values> bottoms = {{{1, 3}, {5, 5, 1}}, {{1}, {0}}};
  EXPECT_EQ(Forward(TopK(1), bottoms), std::vector<float>({0}));
  EXPECT_EQ(Forward(TopK(2), bottoms), std::vector<float>({1}));
}

TEST_P(AccuracyTest, ScoresThatAreNoNumbersAreWrong) {
  EXPECT_EQ(Forward(AccuracyText(), {Constant({3, 2}, NAN), {{3}, {0, 1, 0}}}),
            std::vector<float>({0}));
}

TEST_P(AccuracyTest, LeavesOutTheIgnoredLabel) {
  const Values scores = {{4, 2}, {1, 2, 2, 1, 1, 2, 1, 2}};
  const std::string text = AccuracyText("accuracy_param { ignore_label: 7 }");
  EXPECT_EQ(Forward(text, {scores, {{4}, {1, 7, 0, 7}}}),
            std::vector<float>({0.5f}));
  EXPECT_EQ(Forward(text, {scores, Constant({4}, 7)}), std::vector<float>({0}));
}

TEST_P(AccuracyTest, GivesTheSharePerClassAsSecondTop) {
  LayerRun run = Make(
      AccuracyText("top: 'all' top: 'each'"),
      {{{4, 3}, {2, 1, 0, 2, 1, 0, 1, 2, 0, 1, 2, 0}}, {{4}, {0, 1, 1, 1}}});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({0.75f}));
  ExpectNear(run.Top(1), {1, 2 / 3.f, 0});
}

TEST_P(AccuracyTest, TakesScoresOfEachPixel) {
  // Class 0 scores better in the left pixel, class 1 in the right.
  const Values scores = {{1, 2, 1, 2}, {2, 1, 1, 2}};
  EXPECT_EQ(Forward(AccuracyText(), {scores, {{1, 1, 1, 2}, {0, 0}}}),
            std::vector<float>({0.5f}));
  EXPECT_EQ(Forward(AccuracyText("accuracy_param { axis: -1 }"),
                    {{{1, 2, 2}, {2, 1, 2, 1}}, {{1, 2}, {0, 1}}}),
            std::vector<float>({0.5f}));
}

TEST_P(AccuracyTest, HasNoGradient) {
  const LayerRun run =
      Make(AccuracyText(), {Distinct({2, 3}), Constant({2}, 0)});
  EXPECT_FALSE(run.layer->Differentiable(0));
  EXPECT_FALSE(run.layer->Differentiable(1));
}

TEST_P(AccuracyTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf(AccuracyText(), {Distinct({2, 3}), {{2}, {0, 3}}}),
            "label 3 of sample 1 is not one of the 3 classes (0..2)");
  EXPECT_EQ(ErrorOf(TopK(4), {Distinct({2, 3}), Constant({2}, 0)}),
            "accuracy_param has top_k: 4, but there are only 3 classes");
  EXPECT_EQ(ErrorOf(AccuracyText(), {Distinct({2, 3}), Constant({3}, 0)}),
            "scores of shape 2x3 need 2 labels, but the second bottom is 3; "
            "is `axis` that of the classes?");
}

}  // namespace
}  // namespace doppio
