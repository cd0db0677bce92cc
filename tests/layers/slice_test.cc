#include "layers/layouts.h"

namespace doppio {
namespace {

class SliceTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SliceTest, testing::ValuesIn(Devices()));

std::string SliceText(int tops, const std::string& param = "") {
  std::string text = "type: 'Slice' slice_param { " + param + " } ";
  for (int i = 0; i < tops; ++i) text += "top: 't" + std::to_string(i) + "' ";
  return text;
}

TEST_P(SliceTest, CutsIntoEqualParts) {
  LayerRun run = Make(SliceText(2), {{{2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}}});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({1, 2, 5, 6}));
  EXPECT_EQ(run.Top(1), std::vector<float>({3, 4, 7, 8}));
}

TEST_P(SliceTest, CutsAtThePoints) {
  LayerRun run = Make(SliceText(3, "slice_point: 1 slice_point: 3"),
                      {{{1, 4}, {1, 2, 3, 4}}});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({1}));
  EXPECT_EQ(run.Top(1), std::vector<float>({2, 3}));
  EXPECT_EQ(run.Top(2), std::vector<float>({4}));
}

TEST_P(SliceTest, CutsAlongAnyAxis) {
  for (const char* param : {"axis: 0", "axis: -2", "slice_dim: 0"}) {
    LayerRun run = Make(SliceText(2, param), {{{2, 2}, {1, 2, 3, 4}}});
    run.Forward();
    EXPECT_EQ(run.Top(0), std::vector<float>({1, 2}));
    EXPECT_EQ(run.Top(1), std::vector<float>({3, 4}));
  }
}

TEST_P(SliceTest, GradientMatchesDifferences) {
  CheckGradient(SliceText(3, "slice_point: 1 slice_point: 3"),
                {{{2, 4, 3}, {}}});
  CheckGradient(SliceText(2, "axis: 2"), {{{2, 2, 4}, {}}});
}

TEST_P(SliceTest, KeepsBlocksOfChannelsThatAreWhole) {
  const LayoutPtr whole = ExpectSameBlocked(SliceText(2, "slice_point: 8"),
                                            {Distinct({2, 24, 3, 2})});
  EXPECT_EQ(LayoutName(whole), "aBcd8b");
  const LayoutPtr cut = ExpectSameBlocked(SliceText(2, "slice_point: 4"),
                                          {Distinct({2, 24, 3, 2})});
  EXPECT_EQ(LayoutName(cut), "plain");
}

TEST_P(SliceTest, WantsPartsThatFit) {
  EXPECT_EQ(ErrorOf(SliceText(3), {Distinct({2, 4})}),
            "axis 1 of 2x4 does not divide into 3 equal tops; give "
            "slice_point, once less than tops");
  EXPECT_EQ(ErrorOf(SliceText(3, "slice_point: 1"), {Distinct({2, 4})}),
            "slice_param has 1 entries of slice_point for 3 tops; give 2");
  EXPECT_EQ(
      ErrorOf(SliceText(3, "slice_point: 3 slice_point: 2"),
              {Distinct({2, 4})}),
      "top 1 would take 3 to 2 of axis 1 of 2x4; slice_point has to rise, up "
      "to 4");
  EXPECT_EQ(
      ErrorOf(SliceText(2, "slice_point: 5"), {Distinct({2, 4})}),
      "top 0 would take 0 to 5 of axis 1 of 2x4; slice_point has to rise, "
      "up to 4");
}

TEST_P(SliceTest, TheLastTopMayBeEmpty) {
  EXPECT_EQ(TopShape(SliceText(2, "slice_point: 4"), {Distinct({2, 4})}, 1),
            Shape({2, 0}));
}

TEST_P(SliceTest, WantsOneAxis) {
  EXPECT_EQ(ErrorOf(SliceText(1, "axis: 1 slice_dim: 0"), {Distinct({2, 3})}),
            "slice_param has both axis: 1 and the older slice_dim: 0; keep "
            "axis");
}

}  // namespace
}  // namespace doppio
