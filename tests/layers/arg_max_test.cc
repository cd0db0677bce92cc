#include "layers/layer_test.h"

namespace doppio {
namespace {

class ArgMaxTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ArgMaxTest, testing::ValuesIn(Devices()));

std::string ArgMaxText(const std::string& param = "") {
  return "type: 'ArgMax' argmax_param { " + param + " }";
}

const Values kArgMaxRows = {{2, 3}, {1, 3, 2, 9, 7, 8}};

TEST_P(ArgMaxTest, GivesIndicesIntoEachImage) {
  EXPECT_EQ(TopShape(ArgMaxText(), {kArgMaxRows}), Shape({2, 1, 1}));
  EXPECT_EQ(Forward(ArgMaxText(), {kArgMaxRows}), std::vector<float>({1, 0}));
  EXPECT_EQ(Forward(ArgMaxText("top_k: 2"), {kArgMaxRows}),
            std::vector<float>({1, 2, 0, 2}));
  EXPECT_EQ(TopShape(ArgMaxText("top_k: 2"), {Distinct({2, 3, 4, 5})}),
            Shape({2, 1, 2, 1}));
}

TEST_P(ArgMaxTest, GivesIndicesThenValuesIfAsked) {
  const std::string text = ArgMaxText("top_k: 2 out_max_val: true");
  EXPECT_EQ(TopShape(text, {kArgMaxRows}), Shape({2, 2, 2}));
  EXPECT_EQ(Forward(text, {kArgMaxRows}),
            std::vector<float>({1, 2, 3, 2, 0, 2, 9, 8}));
}

TEST_P(ArgMaxTest, RunsAlongAnAxis) {
  EXPECT_EQ(TopShape(ArgMaxText("axis: 0"), {kArgMaxRows}), Shape({1, 3}));
  EXPECT_EQ(Forward(ArgMaxText("axis: 0"), {kArgMaxRows}),
            std::vector<float>({1, 1, 1}));
  EXPECT_EQ(Forward(ArgMaxText("axis: -1 top_k: 2"), {kArgMaxRows}),
            std::vector<float>({1, 2, 0, 2}));
  EXPECT_EQ(Forward(ArgMaxText("axis: 0 out_max_val: true"), {kArgMaxRows}),
            std::vector<float>({9, 7, 8}));
}

TEST_P(ArgMaxTest, TheLaterOfEqualValuesIsTheBetter) {
  EXPECT_EQ(Forward(ArgMaxText("top_k: 2"), {{{1, 4}, {5, 1, 5, 5}}}),
            std::vector<float>({3, 2}));
}

TEST_P(ArgMaxTest, HasNoGradient) {
  LayerRun run = Make(ArgMaxText(), {kArgMaxRows});
  EXPECT_FALSE(run.layer->Differentiable(0));
  run.Forward().Backward();
  EXPECT_TRUE(run.bottoms[0].diff.empty());
}

TEST_P(ArgMaxTest, WantsATopKThatFits) {
  EXPECT_EQ(ErrorOf(ArgMaxText("top_k: 0"), {kArgMaxRows}),
            "argmax_param has top_k: 0; give at least 1");
  EXPECT_EQ(ErrorOf(ArgMaxText("top_k: 4"), {kArgMaxRows}),
            "argmax_param has top_k: 4, but there are only 3 values to choose "
            "from");
  EXPECT_EQ(ErrorOf(ArgMaxText(), {{{}, {1}}}),
            "needs a bottom with axes, not a scalar");
}

}  // namespace
}  // namespace doppio
