#include "layers/layouts.h"

namespace doppio {
namespace {

class ClipTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ClipTest, testing::ValuesIn(Devices()));

const char* const kClipText = "type: 'Clip' clip_param { min: -1 max: 2 }";

TEST_P(ClipTest, KeepsToTheBounds) {
  EXPECT_EQ(Forward(kClipText, {{{4}, {-3, -0.5f, 1.5f, 2.5f}}}),
            std::vector<float>({-1, -0.5f, 1.5f, 2}));
}

TEST_P(ClipTest, HasTheGradientAtTheBoundsButNotBeyond) {
  LayerRun run = Make(kClipText, {{{5}, {-1.5f, -1, 0, 2, 2.5f}}});
  run.tops[0].diff.CopyFrom({5, 5, 5, 5, 5});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0, 5, 5, 5, 0}));
}

TEST_P(ClipTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Clip' clip_param { min: -0.2 max: 0.28 }",
                {{{3, 7}, {}}});
}

TEST_P(ClipTest, RunsInAnyLayout) {
  CheckElementwise(kClipText, GetParam());
  CheckElementwise("type: 'Clip' clip_param { min: 0.1 max: 0.3 }", GetParam());
}

}  // namespace
}  // namespace doppio
