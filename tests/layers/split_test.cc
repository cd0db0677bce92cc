#include "layers/layouts.h"

namespace doppio {
namespace {

class SplitTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SplitTest, testing::ValuesIn(Devices()));

const char* const kSplitText = "type: 'Split' top: 'a' top: 'b' top: 'c'";

TEST_P(SplitTest, SharesTheBottomsData) {
  LayerRun run = Make(kSplitText, {Distinct({2, 3})});
  run.Forward();
  for (const Blob& top : run.tops) {
    EXPECT_EQ(top.data.storage(), run.bottoms[0].data.storage());
  }
}

TEST_P(SplitTest, SumsTheGradients) {
  LayerRun run = Make(kSplitText, {{{2}, {0, 0}}});
  run.tops[0].diff.CopyFrom({1, 2});
  run.tops[1].diff.CopyFrom({10, 20});
  run.tops[2].diff.CopyFrom({100, 200});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({111, 222}));
}

TEST_P(SplitTest, LeavesOutTopsWithoutGradient) {
  LayerRun run = Make(kSplitText, {{{2}, {0, 0}}});
  run.tops[0].diff = Tensor();
  run.tops[1].diff.CopyFrom({10, 20});
  run.tops[2].diff = Tensor();
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({10, 20}));
  run.tops[1].diff = Tensor();
  run.Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0, 0}));
}

TEST_P(SplitTest, GradientMatchesDifferences) {
  CheckGradient(kSplitText, {{{3, 7}, {}}});
}

TEST_P(SplitTest, TakesAnyLayout) {
  const LayoutPtr layout =
      ExpectSameBlocked(kSplitText, {Distinct({2, 3, 3, 2})});
  EXPECT_EQ(LayoutName(layout), "aBcd8b");
}

}  // namespace
}  // namespace doppio
