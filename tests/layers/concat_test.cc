#include "device/onednn.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class ConcatTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ConcatTest, testing::ValuesIn(Devices()));

TEST_P(ConcatTest, JoinsChannels) {
  // Two images of one and of two channels.
  EXPECT_EQ(Forward("type: 'Concat'",
                    {{{2, 1, 2}, {1, 2, 3, 4}},
                     {{2, 2, 2}, {10, 20, 30, 40, 50, 60, 70, 80}}}),
            std::vector<float>({1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80}));
}

TEST_P(ConcatTest, JoinsAlongAnyAxis) {
  const std::vector<Values> bottoms = {{{1, 2}, {1, 2}}, {{1, 2}, {3, 4}}};
  for (const char* param : {"axis: 0", "axis: -2", "concat_dim: 0"}) {
    const std::string text =
        "type: 'Concat' concat_param { " + std::string(param) + " }";
    EXPECT_EQ(TopShape(text, bottoms), Shape({2, 2}));
    EXPECT_EQ(Forward(text, bottoms), std::vector<float>({1, 2, 3, 4}));
  }
}

TEST_P(ConcatTest, TakesASingleBottom) {
  EXPECT_EQ(Forward("type: 'Concat'", {{{1, 2}, {1, 2}}}),
            std::vector<float>({1, 2}));
}

TEST_P(ConcatTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Concat'",
                {{{2, 1, 3}, {}}, {{2, 2, 3}, {}}, {{2, 3, 3}, {}}});
  CheckGradient("type: 'Concat' concat_param { axis: 2 }",
                {{{2, 2, 1}, {}}, {{2, 2, 3}, {}}});
}

TEST_P(ConcatTest, KeepsBlocksOfChannelsThatAreWhole) {
  const LayoutPtr blocked = ExpectSameBlocked(
      "type: 'Concat'", {Distinct({2, 8, 3, 2}), Distinct({2, 16, 3, 2}),
                         Distinct({2, 24, 3, 2})});
  EXPECT_EQ(LayoutName(blocked), "aBcd8b");
  const LayoutPtr by_16 = ExpectSameBlocked(
      "type: 'Concat'", {Distinct({2, 16, 2}), Distinct({2, 32, 2})}, 16);
  EXPECT_EQ(LayoutName(by_16), "aBc16b");
}

TEST_P(ConcatTest, TakesPlainBottomsWhereABlockWouldBePartlyFilled) {
  const LayoutPtr layout = ExpectSameBlocked(
      "type: 'Concat'", {Distinct({2, 8, 3, 2}), Distinct({2, 4, 3, 2})});
  EXPECT_EQ(LayoutName(layout), "plain");
  const LayoutPtr by_rows =
      ExpectSameBlocked("type: 'Concat' concat_param { axis: 2 }",
                        {Distinct({2, 8, 3, 2}), Distinct({2, 8, 1, 2})});
  EXPECT_EQ(LayoutName(by_rows), "plain");
}

TEST_P(ConcatTest, BringsAllBottomsIntoTheBlocksOfOne) {
  const std::vector<Values> bottoms = {Distinct({2, 8, 3, 2}),
                                       Distinct({2, 8, 3, 2}, 2)};
  LayerRun run("type: 'Concat'", bottoms);
  const std::vector<float> expected = run.Forward().Top();
  const LayoutPtr blocked = ChannelBlocked(run.context, bottoms[0].shape, 8);
  Relayout(&run, {nullptr, blocked});
  EXPECT_EQ(LayoutName(run.bottoms[0].data.layout()), "aBcd8b");
  EXPECT_EQ(run.Forward().Top(), expected);
}

TEST_P(ConcatTest, WantsTheOtherDimensionsEqual) {
  EXPECT_EQ(
      ErrorOf("type: 'Concat'", {Distinct({2, 3, 4}), Distinct({2, 5, 5})}),
      "bottom 1 is 2x5x5 and bottom 0 is 2x3x4; they may differ along "
      "axis 1 only");
  EXPECT_EQ(ErrorOf("type: 'Concat'", {Distinct({2, 3}), Distinct({2, 3, 1})}),
            "bottom 1 is 2x3x1 and bottom 0 is 2x3; they may differ along axis "
            "1 only");
}

TEST_P(ConcatTest, WantsOneAxis) {
  EXPECT_EQ(ErrorOf("type: 'Concat' concat_param { axis: 1 concat_dim: 0 }",
                    {Distinct({2, 3})}),
            "concat_param has both axis: 1 and the older concat_dim: 0; keep "
            "axis");
  EXPECT_EQ(
      ErrorOf("type: 'Concat' concat_param { axis: 2 }", {Distinct({2, 3})}),
      "axis 2 of a blob with 2 axes (2x3)");
}

}  // namespace
}  // namespace doppio
