#include "layers/layer_test.h"

namespace doppio {
namespace {

class FilterTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, FilterTest, testing::ValuesIn(Devices()));

const char* const kFilterText = "type: 'Filter'";

TEST_P(FilterTest, LetsTheSelectedImagesPass) {
  LayerRun run = Make(
      "type: 'Filter' top: 'a' top: 'b'",
      {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{3}, {7, 8, 9}}, {{3, 1}, {1, 0, -1}}});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({2, 2}));
  EXPECT_EQ(run.Top(0), std::vector<float>({1, 2, 5, 6}));
  EXPECT_EQ(run.Top(1), std::vector<float>({7, 9}));
}

TEST_P(FilterTest, GivesNothingIfNothingIsSelected) {
  LayerRun run = Make(kFilterText, {Distinct({3, 2}), Constant({3}, 0)});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({0, 2}));
}

TEST_P(FilterTest, TheOthersHaveNoGradient) {
  LayerRun run = Make(kFilterText, {Distinct({3, 2}), {{3}, {1, 0, 1}}});
  run.Forward();
  run.tops[0].diff = Tensor({2, 2}, {1, 2, 3, 4}, run.layer->device());
  run.Backward();
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({1, 2, 0, 0, 3, 4}));
}

TEST_P(FilterTest, TheSelectorHasNoGradient) {
  const LayerRun run = Make(kFilterText, {Distinct({3, 2}), Constant({3}, 1)});
  EXPECT_TRUE(run.layer->Differentiable(0));
  EXPECT_FALSE(run.layer->Differentiable(1));
}

TEST_P(FilterTest, WantsASelectorForEachImage) {
  EXPECT_EQ(ErrorOf(kFilterText, {Distinct({3, 2}), Constant({3, 2}, 1)}),
            "the selector, its last bottom, is 3x2; it needs one value for "
            "each image");
  EXPECT_EQ(ErrorOf(kFilterText, {Distinct({3, 2}), Constant({2}, 1)}),
            "bottom 0 is 3x2, but there are 2 selectors");
  EXPECT_EQ(ErrorOf("type: 'Filter' top: 'a' top: 'b'",
                    {Distinct({3, 2}), Constant({3}, 1)}),
            "has 2 tops for 2 bottoms; it needs one top for each bottom but "
            "the last");
}

}  // namespace
}  // namespace doppio
