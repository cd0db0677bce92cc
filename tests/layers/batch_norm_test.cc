#include <cmath>

#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class BatchNormTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, BatchNormTest, testing::ValuesIn(Devices()));

const Shape kShapes[] = {
    {6}, {6, 4}, {3, 4, 2, 3}, {2, 19, 5}, {2, 3, 2, 2, 2}};

TEST_P(BatchNormTest, EachChannelGetsMeanZeroAndVarianceOne) {
  // Channels 1, 3 and 10, 20.
  ExpectNear(Forward("type: 'BatchNorm' batch_norm_param { eps: 0 }",
                     {{{2, 2}, {1, 10, 3, 20}}}),
             {-1, -1, 1, 1});
}

TEST_P(BatchNormTest, AgreesWithTheDefinition) {
  for (const Shape& shape : kShapes) {
    const Values x = Distinct(shape);
    const int channels = shape.axes() > 1 ? shape[1] : 1;
    const int64_t inner = shape.axes() > 1 ? shape.count(2) : 1;
    const auto channel = [&](size_t i) { return i / inner % channels; };
    const double count = static_cast<double>(x.values.size()) / channels;
    std::vector<double> mean(channels), variance(channels);
    for (size_t i = 0; i < x.values.size(); ++i) {
      mean[channel(i)] += x.values[i] / count;
    }
    for (size_t i = 0; i < x.values.size(); ++i) {
      const double d = x.values[i] - mean[channel(i)];
      variance[channel(i)] += d * d / count;
    }
    std::vector<float> y;
    for (size_t i = 0; i < x.values.size(); ++i) {
      y.push_back((x.values[i] - mean[channel(i)]) /
                  std::sqrt(variance[channel(i)] + 1e-5));
    }
    ExpectNear(Forward("type: 'BatchNorm'", {x}), y);
  }
}

TEST_P(BatchNormTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.check_params = false;
  check.step = 1e-3f;  // the values lie close together
  for (const Shape& shape : {Shape{6}, Shape{4, 3}, Shape{2, 3, 2, 2}}) {
    CheckGradient("type: 'BatchNorm'", {{shape, {}}}, check);
  }
}

TEST_P(BatchNormTest, GradientWithStoredStatisticsIsAFactor) {
  LayerRun run = Make(
      "type: 'BatchNorm' batch_norm_param { use_global_stats: true eps: 0 }",
      {{{2, 1}, {1, 3}}});
  run.SetParam(0, {10});  // all three are sums of weight 2
  run.SetParam(1, {8});
  run.SetParam(2, {2});
  run.tops[0].diff.CopyFrom({6, 8});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({-2, -1}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({3, 4}));
}

TEST_P(BatchNormTest, RunningStatisticsAreDecayedSums) {
  LayerRun run = Make(
      "type: 'BatchNorm' batch_norm_param { moving_average_fraction: 0.5 }",
      {{{2, 1}, {1, 5}}});
  run.Forward();
  // Mean 3, variance 4, or 8 unbiased.
  EXPECT_EQ(run.Param(0), std::vector<float>({3}));
  EXPECT_EQ(run.Param(1), std::vector<float>({8}));
  EXPECT_EQ(run.Param(2), std::vector<float>({1}));
  run.bottoms[0].data.CopyFrom({10, 10});
  run.Forward();
  EXPECT_EQ(run.Param(0), std::vector<float>({11.5f}));
  EXPECT_EQ(run.Param(1), std::vector<float>({4}));
  EXPECT_EQ(run.Param(2), std::vector<float>({1.5f}));
}

TEST_P(BatchNormTest, TestingUsesTheStatisticsAndLeavesThemAlone) {
  LayerRun run = Make("type: 'BatchNorm' phase: TEST", {{{1, 1}, {2}}});
  run.Forward();
  // Nothing stored yet: mean and variance are 0.
  ExpectNear(run.Top(), {2 / std::sqrt(1e-5f)});
  EXPECT_EQ(run.Param(2), std::vector<float>({0}));
  for (const Parameter& p : run.layer->params()) EXPECT_TRUE(p.statistic);
}

TEST_P(BatchNormTest, BlockedAndRowMajorGiveTheSame) {
  for (const Shape& shape : {Shape{2, 16, 3, 4}, Shape{3, 19, 2, 2},
                             Shape{2, 3, 400}, Shape{2, 5, 2, 2, 2}}) {
    for (const int channels : {8, 16}) {
      EXPECT_NE(
          ExpectSameBlocked("type: 'BatchNorm'", {Distinct(shape)}, channels),
          nullptr);
    }
  }
}

TEST_P(BatchNormTest, RunsInPlace) {
  for (const Shape& shape : kShapes) {
    ExpectSameInPlace("type: 'BatchNorm'", Distinct(shape), GetParam());
    ExpectSameInPlace("type: 'BatchNorm' phase: TEST", Distinct(shape),
                      GetParam());
  }
}

TEST_P(BatchNormTest, NoImagesLeaveTheStatisticsAlone) {
  LayerRun run = Make("type: 'BatchNorm'", {{{0, 2}, {}}});
  run.Forward().Backward();
  EXPECT_EQ(run.Param(0), std::vector<float>({0, 0}));
  EXPECT_EQ(run.Param(2), std::vector<float>({0}));
}

TEST_P(BatchNormTest, SaysWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf("type: 'BatchNorm'", {{{}, {1}}}),
            "needs a bottom of at least 1 axis, not a scalar");
  EXPECT_EQ(ErrorOf("type: 'BatchNorm' param { lr_mult: 0 } param {}",
                    {Distinct({2, 2})}),
            "its parameter 1 is a running statistic, which no solver may "
            "change; set lr_mult: 0, not 1");
}

}  // namespace
}  // namespace doppio
