#include "layers/layouts.h"

namespace doppio {
namespace {

class AbsValTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, AbsValTest, testing::ValuesIn(Devices()));

TEST_P(AbsValTest, DropsTheSign) {
  EXPECT_EQ(Forward("type: 'AbsVal'", {{{3}, {-2, 0, 3}}}),
            std::vector<float>({2, 0, 3}));
}

TEST_P(AbsValTest, HasNoGradientAtZero) {
  LayerRun run = Make("type: 'AbsVal'", {{{3}, {-2, 0, 3}}});
  run.tops[0].diff.CopyFrom({5, 5, 5});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({-5, 0, 5}));
}

TEST_P(AbsValTest, GradientMatchesDifferences) {
  CheckGradient("type: 'AbsVal'", {{{3, 7}, {}}});
}

TEST_P(AbsValTest, RunsInAnyLayout) {
  CheckElementwise("type: 'AbsVal'", GetParam());
}

}  // namespace
}  // namespace doppio
