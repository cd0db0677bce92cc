#include "device/onednn.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class SilenceTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SilenceTest, testing::ValuesIn(Devices()));

TEST_P(SilenceTest, GivesNoGradient) {
  LayerRun run = Make("type: 'Silence'", {Distinct({2}), Distinct({3})});
  run.bottoms[0].diff.CopyFrom({1, 2});
  run.bottoms[1].diff.CopyFrom({1, 2, 3});
  run.Forward().Backward();
  EXPECT_TRUE(run.tops.empty());
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({0, 0}));
  EXPECT_EQ(run.BottomDiff(1), std::vector<float>({0, 0, 0}));
}

TEST_P(SilenceTest, TakesEachBottomAsItLies) {
  LayerRun run =
      Make("type: 'Silence'", {Distinct({2, 3, 3, 2}), Distinct({2, 3})});
  const LayoutPtr blocked = ChannelBlocked(run.context, {2, 3, 3, 2}, 8);
  const LayoutPlan plan = run.layer->PlanLayouts({blocked, nullptr});
  EXPECT_EQ(LayoutName(plan.bottoms[0]), "aBcd8b");
  EXPECT_EQ(LayoutName(plan.bottoms[1]), "plain");
}

}  // namespace
}  // namespace doppio
