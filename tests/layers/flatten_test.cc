#include "layers/layer_test.h"

namespace doppio {
namespace {

class FlattenTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, FlattenTest, testing::ValuesIn(Devices()));

std::string FlattenText(const std::string& param = "") {
  return "type: 'Flatten' flatten_param { " + param + " }";
}

TEST_P(FlattenTest, MakesOneAxisOfSeveral) {
  const Values x = Distinct({2, 3, 4, 5});
  EXPECT_EQ(TopShape(FlattenText(), {x}), Shape({2, 60}));
  EXPECT_EQ(TopShape(FlattenText("axis: 0"), {x}), Shape({120}));
  EXPECT_EQ(TopShape(FlattenText("axis: 1 end_axis: 2"), {x}),
            Shape({2, 12, 5}));
  EXPECT_EQ(TopShape(FlattenText("axis: -2"), {x}), Shape({2, 3, 20}));
  EXPECT_EQ(TopShape(FlattenText("axis: 2 end_axis: 2"), {x}),
            Shape({2, 3, 4, 5}));
  EXPECT_EQ(TopShape(FlattenText("axis: 2 end_axis: 1"), {x}),
            Shape({2, 3, 1, 4, 5}));
}

TEST_P(FlattenTest, SharesTheBottomsData) {
  LayerRun run = Make(FlattenText(), {Distinct({2, 3, 2})});
  run.Forward();
  EXPECT_EQ(run.tops[0].data.shape(), Shape({2, 6}));
  EXPECT_EQ(run.tops[0].data.storage(), run.bottoms[0].data.storage());
}

TEST_P(FlattenTest, GradientMatchesDifferences) {
  CheckGradient(FlattenText(), {{{2, 3, 2}, {}}});
}

TEST_P(FlattenTest, TakesDiffsThatShareMemory) {
  LayerRun run = Make(FlattenText(), {Distinct({2, 3, 2})});
  run.tops[0].diff = run.bottoms[0].diff.Reshaped({2, 6});
  run.tops[0].diff.CopyFrom(DistinctValues(12));
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), DistinctValues(12));
}

TEST_P(FlattenTest, WantsAxesThatExist) {
  EXPECT_EQ(ErrorOf(FlattenText("axis: 2 end_axis: 0"), {Distinct({2, 3, 4})}),
            "flatten_param names axes 2 to 0 of 2x3x4; axis has to come before "
            "end_axis");
  EXPECT_EQ(ErrorOf(FlattenText("axis: 3"), {Distinct({2, 3, 4})}),
            "axis 3 of a blob with 3 axes (2x3x4)");
}

}  // namespace
}  // namespace doppio
