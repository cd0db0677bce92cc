#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class BiasTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, BiasTest, testing::ValuesIn(Devices()));

std::string BiasText(const std::string& settings) {
  return "type: 'Bias' bias_param { filler { type: 'gaussian' } " + settings +
         " }";
}

TEST_P(BiasTest, AddsAnOffsetToEachChannel) {
  LayerRun run = Make(BiasText(""), {{{2, 2}, {1, 2, 3, 4}}});
  run.SetParam(0, {10, 100});
  run.tops[0].diff.CopyFrom({1, 2, 3, 4});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({11, 102, 13, 104}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({1, 2, 3, 4}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({4, 6}));
}

TEST_P(BiasTest, TheOffsetsMayBeABottom) {
  LayerRun run = Make("type: 'Bias' bias_param { axis: 0 }",
                      {{{2, 2}, {1, 2, 3, 4}}, {{2}, {10, 100}}});
  run.tops[0].diff.CopyFrom({1, 2, 3, 4});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({11, 12, 103, 104}));
  EXPECT_EQ(run.BottomDiff(1), std::vector<float>({3, 7}));
}

TEST_P(BiasTest, GradientMatchesDifferences) {
  for (const char* settings :
       {"", "axis: 0 num_axes: 2", "axis: -1", "num_axes: -1", "num_axes: 0"}) {
    CheckGradient(BiasText(settings), {{{2, 3, 2, 2}, {}}});
  }
  CheckGradient("type: 'Bias'", {{{2, 3, 2}, {}}, {{3, 2}, {}}});
}

TEST_P(BiasTest, BlockedAndRowMajorGiveTheSame) {
  for (const Shape& shape : {Shape{2, 16, 3, 4}, Shape{3, 19, 2, 2}}) {
    EXPECT_NE(ExpectSameBlocked(BiasText(""), {Distinct(shape)}, 16), nullptr);
  }
  // Not by channel, it would disturb the padding.
  EXPECT_EQ(
      ExpectSameBlocked(BiasText("num_axes: 0"), {Distinct({1, 3, 2, 2})}),
      nullptr);
}

TEST_P(BiasTest, RunsInPlace) {
  ExpectSameInPlace(BiasText(""), Distinct({2, 3}), GetParam());
}

TEST_P(BiasTest, DiffsOfParametersAddUpWhereAskedTo) {
  LayerRun run = Make(BiasText(""), {{{1, 1}, {3}}});
  run.layer->params()[0].accumulate = true;
  run.layer->params()[0].blob.diff.CopyFrom({100});
  run.tops[0].diff.CopyFrom({2});
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({102}));
}

TEST_P(BiasTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf("type: 'Bias'", {Distinct({2, 3}), Distinct({2})}),
            "a second bottom of shape 2 does not match the axes of 2x3 from "
            "axis 1 on");
}

}  // namespace
}  // namespace doppio
