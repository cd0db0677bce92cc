#include "layers/layouts.h"

namespace doppio {
namespace {

class ReluTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ReluTest, testing::ValuesIn(Devices()));

TEST_P(ReluTest, KeepsWhatIsPositive) {
  EXPECT_EQ(Forward("type: 'ReLU'", {{{4}, {-2, 0, 1, 3}}}),
            std::vector<float>({0, 0, 1, 3}));
}

TEST_P(ReluTest, LeaksByTheNegativeSlope) {
  EXPECT_EQ(Forward("type: 'ReLU' relu_param { negative_slope: 0.5 }",
                    {{{2}, {-2, 4}}}),
            std::vector<float>({-1, 4}));
}

TEST_P(ReluTest, HasNoGradientAtZero) {
  LayerRun run = Make("type: 'ReLU'", {{{3}, {-1, 0, 1}}});
  run.tops[0].diff.CopyFrom({5, 5, 5});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0, 0, 5}));
}

TEST_P(ReluTest, GradientMatchesDifferences) {
  CheckGradient("type: 'ReLU'", {{{3, 7}, {}}});
  CheckGradient("type: 'ReLU' relu_param { negative_slope: 0.5 }",
                {{{3, 7}, {}}});
}

// Then y does not tell the sign of x.
TEST_P(ReluTest, TurningTheSignRoundTakesX) {
  const char* text = "type: 'ReLU' relu_param { negative_slope: -0.5 }";
  CheckGradient(text, {{{3, 7}, {}}});
  EXPECT_FALSE(Make(text, {Distinct({4})}).layer->traits().in_place);
}

TEST_P(ReluTest, RunsInPlaceAndInAnyLayout) {
  CheckElementwise("type: 'ReLU'", GetParam());
  CheckElementwise("type: 'ReLU' relu_param { negative_slope: 0.1 }",
                   GetParam());
}

TEST_P(ReluTest, KeepsTheLayoutOfItsBottom) {
  const LayoutPtr padded =
      ExpectSameBlocked("type: 'ReLU'", {Distinct({2, 3, 3, 2})});
  EXPECT_EQ(LayoutName(padded), "aBcd8b");
}

}  // namespace
}  // namespace doppio
