#include "layers/layer_test.h"

namespace doppio {
namespace {

class EuclideanLossTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, EuclideanLossTest,
                         testing::ValuesIn(Devices()));

const char* const kEuclideanLossText = "type: 'EuclideanLoss'";

TEST_P(EuclideanLossTest, IsHalfTheMeanSquaredDistance) {
  // Distances 3, 4 and 0 in the first image, 5 in the second.
  EXPECT_EQ(Forward(kEuclideanLossText, {{{2, 3}, {3, 0, 1, 5, 0, 0}},
                                         {{2, 3, 1, 1}, {0, 4, 1, 0, 0, 0}}}),
            std::vector<float>({(9 + 16 + 25) / 2.f / 2}));
}

TEST_P(EuclideanLossTest, GradientIsTheDifference) {
  LayerRun run = Make(kEuclideanLossText, {{{2, 1}, {3, 5}}, {{2, 1}, {1, 9}}});
  run.tops[0].diff.CopyFrom({10});  // the loss's weight
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({10, -20}));
  EXPECT_EQ(run.BottomDiff(1), std::vector<float>({-10, 20}));
}

TEST_P(EuclideanLossTest, GradientMatchesDifferences) {
  CheckGradient(kEuclideanLossText, {{{4, 3}, {}}, {{4, 3}, {}}});
}

TEST_P(EuclideanLossTest, SumsLargeBlobsExactly) {
  EXPECT_FLOAT_EQ(Forward(kEuclideanLossText, {Constant({1, 100000}, 0.1f),
                                               Constant({1, 100000}, 0)})[0],
                  500);
}

TEST_P(EuclideanLossTest, WantsEquallyManyElements) {
  EXPECT_EQ(ErrorOf(kEuclideanLossText, {Distinct({2, 3}), Distinct({2, 4})}),
            "its bottoms are 2x3 and 2x4; they need equally many images of "
            "equally many elements");
  EXPECT_EQ(ErrorOf(kEuclideanLossText, {Distinct({2, 3}), Distinct({3, 2})}),
            "its bottoms are 2x3 and 3x2; they need equally many images of "
            "equally many elements");
}

}  // namespace
}  // namespace doppio
