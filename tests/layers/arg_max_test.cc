#include "layers/layer_test.h"

namespace doppio {
namespace {

class ArgMaxTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ArgMaxTest, testing::ValuesIn(Devices()));

std::string Text(const std::string& param = "") {
  return "type: 'ArgMax' argmax_param { " + param + " }";
}

const Values kTwoRows = {{2, 3}, {1, 3, 2, 9, 7, 8}};

TEST_P(ArgMaxTest, GivesIndicesIntoEachImage) {
  EXPECT_EQ(TopShape(Text(), {kTwoRows}), Shape({2, 1, 1}));
  EXPECT_EQ(Forward(Text(), {kTwoRows}), std::vector<float>({1, 0}));
  EXPECT_EQ(Forward(Text("top_k: 2"), {kTwoRows}),
            std::vector<float>({1, 2, 0, 2}));
  EXPECT_EQ(TopShape(Text("top_k: 2"), {Distinct({2, 3, 4, 5})}),
            Shape({2, 1, 2, 1}));
}

TEST_P(ArgMaxTest, GivesIndicesThenValuesIfAsked) {
  const std::string text = Text("top_k: 2 out_max_val: true");
  EXPECT_EQ(TopShape(text, {kTwoRows}), Shape({2, 2, 2}));
  EXPECT_EQ(Forward(text, {kTwoRows}),
            std::vector<float>({1, 2, 3, 2, 0, 2, 9, 8}));
}

TEST_P(ArgMaxTest, RunsAlongAnAxis) {
  EXPECT_EQ(TopShape(Text("axis: 0"), {kTwoRows}), Shape({1, 3}));
  EXPECT_EQ(Forward(Text("axis: 0"), {kTwoRows}),
            std::vector<float>({1, 1, 1}));
  EXPECT_EQ(Forward(Text("axis: -1 top_k: 2"), {kTwoRows}),
            std::vector<float>({1, 2, 0, 2}));
  EXPECT_EQ(Forward(Text("axis: 0 out_max_val: true"), {kTwoRows}),
            std::vector<float>({9, 7, 8}));
}

TEST_P(ArgMaxTest, TheLaterOfEqualValuesIsTheBetter) {
  EXPECT_EQ(Forward(Text("top_k: 2"), {{{1, 4}, {5, 1, 5, 5}}}),
            std::vector<float>({3, 2}));
}

TEST_P(ArgMaxTest, HasNoGradient) {
  EXPECT_FALSE(Make(Text(), {kTwoRows}).layer->Differentiable(0));
}

TEST_P(ArgMaxTest, WantsATopKThatFits) {
  EXPECT_EQ(ErrorOf(Text("top_k: 0"), {kTwoRows}),
            "argmax_param has top_k: 0; give at least 1");
  EXPECT_EQ(ErrorOf(Text("top_k: 4"), {kTwoRows}),
            "argmax_param has top_k: 4, but there are only 3 values to choose "
            "from");
  EXPECT_EQ(ErrorOf(Text(), {{{}, {1}}}),
            "needs a bottom with axes, not a scalar");
}

}  // namespace
}  // namespace doppio
