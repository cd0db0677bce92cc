#include "layers/layouts.h"

namespace doppio {
namespace {

class SwishTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SwishTest, testing::ValuesIn(Devices()));

TEST_P(SwishTest, IsXTimesItsSigmoid) {
  ExpectNear(Forward("type: 'Swish'", {{{3}, {-kLog3, 0, kLog3}}}),
             {-0.25f * kLog3, 0, 0.75f * kLog3});
}

TEST_P(SwishTest, HalvesIfBetaIsZero) {
  EXPECT_EQ(Forward("type: 'Swish' swish_param { beta: 0 }", {{{2}, {-2, 4}}}),
            std::vector<float>({-1, 2}));
}

TEST_P(SwishTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Swish'", {{{3, 7}, {}}});
  CheckGradient("type: 'Swish' swish_param { beta: 1.7 }", {{{3, 7}, {}}});
}

TEST_P(SwishTest, RunsInAnyLayout) {
  CheckElementwise("type: 'Swish'", GetParam());
}

}  // namespace
}  // namespace doppio
