#include <algorithm>

#include "layers/layer_test.h"

namespace doppio {
namespace {

class ReshapeTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ReshapeTest, testing::ValuesIn(Devices()));

std::string ReshapeText(const std::string& dims, const std::string& more = "") {
  std::string text = "type: 'Reshape' reshape_param { " + more + " shape { ";
  for (size_t at = 0; at < dims.size();) {
    const size_t end = std::min(dims.find(' ', at), dims.size());
    text += "dim: " + dims.substr(at, end - at) + " ";
    at = end + 1;
  }
  return text + "} }";
}

TEST_P(ReshapeTest, ReplacesTheShape) {
  const Values x = Distinct({2, 3, 4});
  EXPECT_EQ(TopShape(ReshapeText("6 4"), {x}), Shape({6, 4}));
  EXPECT_EQ(TopShape(ReshapeText("0 -1"), {x}), Shape({2, 12}));
  EXPECT_EQ(TopShape(ReshapeText("0 0 2 -1"), {x}), Shape({2, 3, 2, 2}));
  EXPECT_EQ(TopShape(ReshapeText("-1"), {x}), Shape({24}));
  EXPECT_EQ(TopShape(ReshapeText(""), {{{1}, {5}}}), Shape({}));
}

TEST_P(ReshapeTest, ReplacesSomeAxes) {
  const Values x = Distinct({2, 3, 4});
  EXPECT_EQ(TopShape(ReshapeText("2 -1", "axis: 1"), {x}), Shape({2, 2, 6}));
  EXPECT_EQ(TopShape(ReshapeText("6", "num_axes: 2"), {x}), Shape({6, 4}));
  EXPECT_EQ(TopShape(ReshapeText("0 -1", "axis: 1"), {x}), Shape({2, 3, 4}));
  EXPECT_EQ(TopShape(ReshapeText("1", "axis: 1 num_axes: 0"), {x}),
            Shape({2, 1, 3, 4}));
  EXPECT_EQ(TopShape(ReshapeText("1", "axis: -1"), {x}), Shape({2, 3, 4, 1}));
  EXPECT_EQ(TopShape(ReshapeText("2 2", "axis: -2"), {x}), Shape({2, 3, 2, 2}));
}

TEST_P(ReshapeTest, SharesTheBottomsData) {
  LayerRun run = Make(ReshapeText("0 -1"), {Distinct({2, 3, 2})});
  run.Forward();
  EXPECT_EQ(run.tops[0].data.shape(), Shape({2, 6}));
  EXPECT_EQ(run.tops[0].data.storage(), run.bottoms[0].data.storage());
}

TEST_P(ReshapeTest, GradientMatchesDifferences) {
  CheckGradient(ReshapeText("0 -1"), {{{2, 3, 2}, {}}});
}

TEST_P(ReshapeTest, WantsEquallyManyElements) {
  EXPECT_EQ(ErrorOf(ReshapeText("2 5"), {Distinct({2, 3, 4})}),
            "a bottom of 24 elements (2x3x4) cannot become 2x5, which has 10");
  EXPECT_EQ(ErrorOf(ReshapeText("5 -1"), {Distinct({2, 3, 4})}),
            "the 24 elements of 2x3x4 do not divide by the 5 of the other "
            "dims, so -1 cannot be worked out");
}

TEST_P(ReshapeTest, WantsDimsThatCanBe) {
  const std::vector<Values> x = {Distinct({2, 3})};
  EXPECT_EQ(ErrorOf(ReshapeText("-1 -1"), x),
            "reshape_param has dim: -1 more than once; only one can be worked "
            "out");
  EXPECT_EQ(ErrorOf(ReshapeText("-2"), x),
            "reshape_param has dim: -2; a dim is a size, 0 to keep the "
            "bottom's, or -1 for what is left");
  EXPECT_EQ(ErrorOf(ReshapeText("2 3 0"), x),
            "reshape_param has dim: 0 for axis 2, but the bottom (2x3) has no "
            "such axis to copy");
}

TEST_P(ReshapeTest, WantsAxesThatExist) {
  const std::vector<Values> x = {Distinct({2, 3})};
  EXPECT_EQ(ErrorOf(ReshapeText("6", "axis: 3"), x),
            "reshape_param has axis: 3 for a bottom with 2 axes (2x3)");
  EXPECT_EQ(ErrorOf(ReshapeText("6", "axis: -4"), x),
            "reshape_param has axis: -4 for a bottom with 2 axes (2x3)");
  EXPECT_EQ(ErrorOf(ReshapeText("6", "axis: 1 num_axes: 2"), x),
            "reshape_param replaces axes 1 to 2, but the bottom (2x3) has only "
            "2");
  EXPECT_EQ(ErrorOf(ReshapeText("6", "num_axes: -2"), x),
            "reshape_param has num_axes: -2; give a number, or -1 for all");
}

}  // namespace
}  // namespace doppio
