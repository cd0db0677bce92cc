#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class ScaleTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ScaleTest, testing::ValuesIn(Devices()));

std::string ScaleText(const std::string& settings) {
  return "type: 'Scale' scale_param { " + settings + " }";
}

const char kRandom[] =
    " filler { type: 'gaussian' } bias_filler { type: 'gaussian' }";

TEST_P(ScaleTest, EachChannelHasItsFactorAndOffset) {
  LayerRun run =
      Make(ScaleText("bias_term: true"), {{{1, 2, 1, 2}, {1, 2, 3, 4}}});
  EXPECT_EQ(run.Param(0), std::vector<float>({1, 1}));
  EXPECT_EQ(run.Param(1), std::vector<float>({0, 0}));
  run.SetParam(0, {10, 100});
  run.SetParam(1, {5, 7});
  run.tops[0].diff.CopyFrom({1, 2, 3, 4});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({15, 25, 307, 407}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({10, 20, 300, 400}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({5, 25}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({3, 7}));
}

TEST_P(ScaleTest, TheFactorsMayCoverAnyAxesInARow) {
  const auto shape = [&](const std::string& settings) {
    return Make(ScaleText(settings), {Distinct({2, 3, 4, 5})})
        .layer->params()[0]
        .shape;
  };
  EXPECT_EQ(shape(""), Shape({3}));
  EXPECT_EQ(shape("axis: 0 num_axes: 2"), Shape({2, 3}));
  EXPECT_EQ(shape("axis: 2 num_axes: -1"), Shape({4, 5}));
  EXPECT_EQ(shape("axis: -1"), Shape({5}));
  EXPECT_EQ(shape("num_axes: 0"), Shape());
}

TEST_P(ScaleTest, TheFactorsMayBeABottom) {
  LayerRun run = Make(ScaleText("axis: 0"),
                      {{{2, 3}, {1, 2, 3, 4, 5, 6}}, {{2}, {10, 100}}});
  run.tops[0].diff.CopyFrom({1, 1, 1, 2, 2, 2});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({10, 20, 30, 400, 500, 600}));
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({10, 10, 10, 200, 200, 200}));
  EXPECT_EQ(run.BottomDiff(1), std::vector<float>({6, 30}));
}

TEST_P(ScaleTest, AScalarBottomScalesAll) {
  EXPECT_EQ(Forward(ScaleText(""), {{{1, 2}, {3, 4}}, {{}, {10}}}),
            std::vector<float>({30, 40}));
}

TEST_P(ScaleTest, GradientMatchesDifferences) {
  for (const char* settings :
       {"bias_term: true", "axis: 0 num_axes: 2", "axis: -1 bias_term: true",
        "axis: 0 num_axes: -1", "num_axes: 0 bias_term: true"}) {
    CheckGradient(ScaleText(settings + std::string(kRandom)),
                  {{{2, 3, 2, 2}, {}}});
  }
  CheckGradient(ScaleText("bias_term: true"), {{{2, 3, 2}, {}}, {{3, 2}, {}}});
}

TEST_P(ScaleTest, BlockedAndRowMajorGiveTheSame) {
  for (const char* settings : {"", "bias_term: true"}) {
    for (const Shape& shape : {Shape{2, 16, 3, 4}, Shape{3, 19, 2, 2}}) {
      EXPECT_NE(ExpectSameBlocked(ScaleText(settings + std::string(kRandom)),
                                  {Distinct(shape)}, 16),
                nullptr);
    }
  }
  // An offset would disturb the padding if it were not by channel.
  EXPECT_EQ(ExpectSameBlocked(ScaleText("num_axes: 0 bias_term: true"),
                              {Distinct({1, 3, 2, 2})}),
            nullptr);
}

TEST_P(ScaleTest, RunsInPlace) {
  const std::string text = ScaleText(std::string("bias_term: true") + kRandom);
  ExpectSameInPlace(text, Distinct({2, 3, 4}), GetParam());
  // The factors' gradient needs the bottom as it was.
  LayerRun run = Make(ScaleText(""), {{{2, 1}, {3, 4}}});
  run.tops[0] = run.bottoms[0];
  run.SetParam(0, {10});
  run.Forward();
  run.tops[0].diff.CopyFrom({1, 2});
  run.Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({30, 40}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({11}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({10, 20}));
}

TEST_P(ScaleTest, DiffsOfParametersAddUpWhereAskedTo) {
  LayerRun run = Make(ScaleText("bias_term: true"), {{{1, 1}, {3}}});
  for (Parameter& p : run.layer->params()) {
    p.accumulate = true;
    p.blob.diff.CopyFrom({100});
  }
  run.tops[0].diff.CopyFrom({2});
  run.Forward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({106}));
  EXPECT_EQ(run.ParamDiff(1), std::vector<float>({102}));
}

TEST_P(ScaleTest, SaysWhatDoesNotFit) {
  const Values x = Distinct({2, 3});
  EXPECT_EQ(ErrorOf(ScaleText("num_axes: -2"), {x}),
            "num_axes is -2; it counts axes, or is -1 for all of them");
  EXPECT_EQ(ErrorOf(ScaleText("num_axes: 2"), {x}),
            "2 axes from axis 1 on are more than a bottom of shape 2x3 has");
  EXPECT_EQ(ErrorOf(ScaleText("axis: 2"), {x}),
            "axis 2 of a blob with 2 axes (2x3)");
  EXPECT_EQ(
      ErrorOf(ScaleText(""), {x, Distinct({2})}),
      "a second bottom of shape 2 does not match the axes of 2x3 from axis 1 "
      "on");
}

}  // namespace
}  // namespace doppio
