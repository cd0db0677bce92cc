#include "layers/layer_test.h"

namespace doppio {
namespace {

class MultinomialLogisticLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, MultinomialLogisticLossTest,
                         testing::ValuesIn(Devices()));

const char* const kMultinomialLogisticLossText =
    "type: 'MultinomialLogisticLoss'";

TEST_P(MultinomialLogisticLossTest, IsMinusTheMeanLogarithm) {
  ExpectNear(Forward(kMultinomialLogisticLossText,
                     {{{2, 2}, {0.25f, 0.75f, 0.5f, 0.5f}}, {{2}, {0, 1}}}),
             {3 * 0.6931472f / 2});
}

TEST_P(MultinomialLogisticLossTest, StaysFiniteWhereTheProbabilityIsZero) {
  ExpectNear(
      Forward(kMultinomialLogisticLossText, {{{1, 2}, {0, 1}}, {{1}, {0}}}),
      {46.0517f});
}

TEST_P(MultinomialLogisticLossTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1};
  check.step = 1e-3f;
  CheckGradient(kMultinomialLogisticLossText,
                {{{2, 3}, {0.2f, 0.5f, 0.3f, 0.4f, 0.4f, 0.2f}}, {{2}, {1, 2}}},
                check);
}

TEST_P(MultinomialLogisticLossTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf(kMultinomialLogisticLossText,
                    {Constant({2, 3}, 0.3f), {{2}, {0, 3}}}),
            "label 3 of sample 1 is not one of the 3 classes (0..2)");
  EXPECT_EQ(ErrorOf(kMultinomialLogisticLossText,
                    {Constant({2, 3}, 0.3f), Constant({3}, 0)}),
            "scores of shape 2x3 need 2 labels, but the second bottom is 3; "
            "is `axis` that of the classes?");
}

}  // namespace
}  // namespace doppio
