#include <cmath>

#include "layers/layouts.h"

namespace doppio {
namespace {

class EltwiseTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, EltwiseTest, testing::ValuesIn(Devices()));

std::string EltwiseText(const std::string& param = "") {
  return "type: 'Eltwise' eltwise_param { " + param + " }";
}

const std::vector<Values> kThree = {
    {{3}, {1, 2, 3}}, {{3}, {10, 0, -3}}, {{3}, {4, 5, 6}}};

TEST_P(EltwiseTest, Sums) {
  EXPECT_EQ(Forward(EltwiseText(), kThree), std::vector<float>({15, 7, 6}));
  EXPECT_EQ(Forward(EltwiseText("coeff: 1 coeff: -1 coeff: 0.5"), kThree),
            std::vector<float>({-7, 4.5f, 9}));
}

TEST_P(EltwiseTest, Multiplies) {
  EXPECT_EQ(Forward(EltwiseText("operation: PROD"), kThree),
            std::vector<float>({40, 0, -54}));
}

TEST_P(EltwiseTest, TakesTheMaximum) {
  EXPECT_EQ(Forward(EltwiseText("operation: MAX"), kThree),
            std::vector<float>({10, 5, 6}));
}

TEST_P(EltwiseTest, TheSecondOfTwoEqualMaximaTakesTheGradient) {
  const std::vector<Values> equal(3, {{1}, {5}});
  LayerRun run = Make(EltwiseText("operation: MAX"), equal);
  run.tops[0].diff.CopyFrom({1});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({0}));
  EXPECT_EQ(run.BottomDiff(1), std::vector<float>({1}));
  EXPECT_EQ(run.BottomDiff(2), std::vector<float>({0}));
}

// Bottoms of which no two elements are close to each other.
std::vector<Values> Apart(int bottoms, const Shape& shape) {
  const int64_t count = shape.count();
  const std::vector<float> all = DistinctValues(bottoms * count);
  std::vector<Values> result;
  for (int b = 0; b < bottoms; ++b) {
    result.push_back(
        {shape, {all.begin() + b * count, all.begin() + (b + 1) * count}});
  }
  return result;
}

TEST_P(EltwiseTest, GradientMatchesDifferences) {
  for (const char* param :
       {"", "operation: PROD", "operation: PROD stable_prod_grad: false",
        "operation: MAX"}) {
    CheckGradient(EltwiseText(param), Apart(3, {3, 7}));
    CheckGradient(EltwiseText(param), Apart(2, {2, 5}));
  }
  CheckGradient(EltwiseText("coeff: 2 coeff: -1"), Apart(2, {2, 5}));
}

TEST_P(EltwiseTest, TheStableGradientOfAProductSurvivesZeros) {
  const std::vector<Values> bottoms = {{{1}, {0}}, {{1}, {3}}};
  LayerRun stable = Make(EltwiseText("operation: PROD"), bottoms);
  stable.tops[0].diff.CopyFrom({2});
  stable.Forward().Backward();
  EXPECT_EQ(stable.BottomDiff(0), std::vector<float>({6}));
  LayerRun quotient =
      Make(EltwiseText("operation: PROD stable_prod_grad: false"), bottoms);
  quotient.tops[0].diff.CopyFrom({2});
  quotient.Forward().Backward();
  EXPECT_TRUE(std::isnan(quotient.BottomDiff(0)[0]));
}

TEST_P(EltwiseTest, TakesBlockedLayouts) {
  const std::vector<Values> bottoms = {Distinct({2, 3, 3, 2}, 1),
                                       Distinct({2, 3, 3, 2}, 2)};
  for (const char* param :
       {"", "coeff: 2 coeff: -1", "operation: PROD", "operation: MAX"}) {
    EXPECT_EQ(LayoutName(ExpectSameBlocked(EltwiseText(param), bottoms)),
              "aBcd8b");
  }
  EXPECT_EQ(
      LayoutName(ExpectSameBlocked(
          EltwiseText("operation: PROD stable_prod_grad: false"), bottoms)),
      "plain");
}

TEST_P(EltwiseTest, TakesLargeBlobs) {
  const std::vector<Values> bottoms(3, Constant({3, 41, 997}, 2));
  EXPECT_EQ(Forward(EltwiseText(), bottoms),
            std::vector<float>(3 * 41 * 997, 6));
  EXPECT_EQ(Forward(EltwiseText("operation: PROD"), bottoms),
            std::vector<float>(3 * 41 * 997, 8));
}

TEST_P(EltwiseTest, WantsEqualShapes) {
  EXPECT_EQ(ErrorOf(EltwiseText(), {Distinct({2, 3}), Distinct({3, 2})}),
            "bottom 1 is 3x2, but bottom 0 is 2x3; they have to be equal");
}

TEST_P(EltwiseTest, WantsCoeffForEachTermOfASum) {
  EXPECT_EQ(ErrorOf(EltwiseText("coeff: 1"), kThree),
            "eltwise_param has 1 entries of coeff for 3 bottoms; give none, or "
            "one for each");
  EXPECT_EQ(ErrorOf(EltwiseText("operation: PROD coeff: 1 coeff: 1 coeff: 1"),
                    kThree),
            "eltwise_param has coeff, which goes with operation: SUM, not "
            "PROD");
}

TEST_P(EltwiseTest, TakesManyBottoms) {
  const std::vector<Values> many(17, {{2}, {1, -1}});
  EXPECT_EQ(Forward(EltwiseText(), many), std::vector<float>({17, -17}));
  const std::string product = EltwiseText("operation: PROD");
  if (GetParam() == Device::kCpu) {
    EXPECT_EQ(Forward(product, many), std::vector<float>({1, -1}));
  } else {
    EXPECT_EQ(ErrorOf(product, many),
              "has 17 bottoms; on the GPU, PROD and MAX take at most 16; chain "
              "two layers");
  }
}

}  // namespace
}  // namespace doppio
