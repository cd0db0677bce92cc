#include "layers/layer_test.h"

namespace doppio {
namespace {

class HingeLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, HingeLossTest, testing::ValuesIn(Devices()));

const char* const kL1 = "type: 'HingeLoss'";
const char* const kL2 = "type: 'HingeLoss' hinge_loss_param { norm: L2 }";

TEST_P(HingeLossTest, SumsWhatFallsShortOfTheMargin) {
  // The label's score is 0.5 short, the others 3 and 0.
  const std::vector<Values> bottoms = {{{1, 3}, {0.5f, 2, -1.5f}}, {{1}, {0}}};
  EXPECT_EQ(Forward(kL1, bottoms), std::vector<float>({3.5f}));
  EXPECT_EQ(Forward(kL2, bottoms), std::vector<float>({9.25f}));
}

TEST_P(HingeLossTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1};
  for (const char* text : {kL1, kL2}) {
    CheckGradient(text, {{{4, 3}, {}}, {{4}, {0, 2, 1, 1}}}, check);
  }
}

TEST_P(HingeLossTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf(kL1, {Distinct({2, 3}), {{2}, {0, 3}}}),
            "label 3 of sample 1 is not one of the 3 classes (0..2)");
  EXPECT_EQ(ErrorOf(kL1, {Distinct({2, 3}), Constant({3}, 0)}),
            "scores of shape 2x3 need 2 labels, but the second bottom is 3; "
            "is `axis` that of the classes?");
  EXPECT_EQ(ErrorOf(kL1, {{{}, {1}}, {{1}, {0}}}),
            "needs scores with axes, not a scalar");
}

}  // namespace
}  // namespace doppio
