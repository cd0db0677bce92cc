#include "device/onednn.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class PreluTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, PreluTest, testing::ValuesIn(Devices()));

TEST_P(PreluTest, HasASlopeForEachChannel) {
  LayerRun run = Make("type: 'PReLU'", {{{1, 2, 2}, {-4, 4, -4, 4}}});
  EXPECT_EQ(run.Param(0), std::vector<float>({0.25f, 0.25f}));
  run.SetParam(0, {0.5f, -1});
  run.tops[0].diff.CopyFrom({1, 10, 100, 1000});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({-2, 4, 4, 4}));
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0.5f, 10, -100, 1000}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({-4, -400}));
}

TEST_P(PreluTest, SharesOneSlopeIfAsked) {
  LayerRun run = Make(
      "type: 'PReLU' prelu_param { channel_shared: true filler { value: 2 } }",
      {{{1, 2, 2}, {-4, 4, -4, 4}}});
  EXPECT_EQ(run.layer->params()[0].shape, Shape({}));
  run.tops[0].diff.CopyFrom({1, 10, 100, 1000});
  run.Forward().Backward();
  EXPECT_EQ(run.Top(), std::vector<float>({-8, 4, -8, 4}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({-404}));
}

TEST_P(PreluTest, AddsToTheSlopesDiffIfAsked) {
  LayerRun run = Make("type: 'PReLU'", {{{1, 1}, {-3}}});
  run.tops[0].diff.CopyFrom({1});
  run.layer->params()[0].accumulate = true;
  run.Forward().Backward().Backward();
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>({-6}));
}

TEST_P(PreluTest, GradientMatchesDifferences) {
  CheckGradient("type: 'PReLU'", {{{2, 3, 2, 2}, {}}});
  CheckGradient("type: 'PReLU'", {{{5, 4}, {}}});
  CheckGradient("type: 'PReLU' prelu_param { channel_shared: true }",
                {{{2, 3, 2, 2}, {}}});
}

TEST_P(PreluTest, TakesBlockedLayouts) {
  const std::string shared = "prelu_param { channel_shared: true }";
  for (const std::string& param : {std::string(), shared}) {
    LayerRun plain("type: 'PReLU' " + param, {Distinct({2, 3, 3, 2})});
    LayerRun blocked("type: 'PReLU' " + param, {Distinct({2, 3, 3, 2})});
    Relayout(&blocked, {ChannelBlocked(plain.context, {2, 3, 3, 2}, 8)});
    EXPECT_EQ(LayoutName(blocked.tops[0].data.layout()), "aBcd8b");
    for (LayerRun* run : {&plain, &blocked}) {
      if (param.empty()) run->SetParam(0, {0.5f, -1, 2});
      run->tops[0].diff.CopyFrom(DistinctValues(36, 7));
      run->Forward().Backward();
    }
    EXPECT_EQ(blocked.Top(), plain.Top());
    EXPECT_EQ(blocked.BottomDiff(), plain.BottomDiff());
    ExpectNear(blocked.ParamDiff(0), plain.ParamDiff(0));
  }
}

TEST_P(PreluTest, WantsChannels) {
  EXPECT_EQ(ErrorOf("type: 'PReLU'", {Distinct({4})}),
            "a bottom of shape 4 has no channels; it needs at least two axes");
}

}  // namespace
}  // namespace doppio
