#include "layers/layer_test.h"

namespace doppio {
namespace {

class ReductionTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ReductionTest, testing::ValuesIn(Devices()));

std::string ReductionText(const std::string& param = "") {
  return "type: 'Reduction' reduction_param { " + param + " }";
}

const Values kTwoRows = {{2, 2}, {1, -2, 3, 4}};

TEST_P(ReductionTest, MakesOneNumber) {
  EXPECT_EQ(TopShape(ReductionText(), {kTwoRows}), Shape({}));
  EXPECT_EQ(Forward(ReductionText(), {kTwoRows}), std::vector<float>({6}));
  EXPECT_EQ(Forward(ReductionText("operation: ASUM"), {kTwoRows}),
            std::vector<float>({10}));
  EXPECT_EQ(Forward(ReductionText("operation: SUMSQ"), {kTwoRows}),
            std::vector<float>({30}));
  EXPECT_EQ(Forward(ReductionText("operation: MEAN"), {kTwoRows}),
            std::vector<float>({1.5f}));
}

TEST_P(ReductionTest, KeepsTheAxesBefore) {
  EXPECT_EQ(TopShape(ReductionText("axis: 1"), {kTwoRows}), Shape({2}));
  EXPECT_EQ(Forward(ReductionText("axis: -1 coeff: 10"), {kTwoRows}),
            std::vector<float>({-10, 70}));
}

TEST_P(ReductionTest, GradientMatchesDifferences) {
  for (const char* operation : {"SUM", "ASUM", "SUMSQ", "MEAN"}) {
    const std::string param = "coeff: 0.7 operation: " + std::string(operation);
    CheckGradient(ReductionText(param), {{{3, 2, 4}, {}}});
    CheckGradient(ReductionText(param + " axis: 1"), {{{3, 2, 4}, {}}});
  }
}

TEST_P(ReductionTest, WantsAnAxisThatExists) {
  EXPECT_EQ(ErrorOf(ReductionText("axis: 2"), {kTwoRows}),
            "axis 2 of a blob with 2 axes (2x2)");
}

// More than one block of a GPU takes for a row.
TEST_P(ReductionTest, SumsLongRows) {
  Values ones = Constant({2, 20001}, 0.5f);
  ones.values.back() = 4;
  EXPECT_EQ(Forward("type: 'Reduction' reduction_param { axis: 1 }", {ones}),
            std::vector<float>({10000.5f, 10004}));
}

}  // namespace
}  // namespace doppio
