#include "layers/layer_test.h"

namespace doppio {
namespace {

class SppTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, SppTest, testing::ValuesIn(Devices()));

std::string SppText(const std::string& param) {
  return "type: 'SPP' spp_param { " + param + " }";
}

TEST_P(SppTest, PoolsInPyramids) {
  const Values image = {
      {1, 1, 4, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  EXPECT_EQ(Forward(SppText("pyramid_height: 2"), {image}),
            std::vector<float>({16, 6, 8, 14, 16}));
  EXPECT_EQ(Forward(SppText("pyramid_height: 2 pool: AVE"), {image}),
            std::vector<float>({8.5f, 3.5f, 5.5f, 11.5f, 13.5f}));
}

TEST_P(SppTest, TheTopDoesNotDependOnTheImagesSize) {
  for (const Shape& shape : {Shape{2, 3, 9, 7}, Shape{2, 3, 13, 21}}) {
    EXPECT_EQ(TopShape(SppText("pyramid_height: 3"), {Distinct(shape)}),
              Shape({2, 3 * (1 + 4 + 16)}));
  }
}

TEST_P(SppTest, KeepsFourAxesForASingleLevel) {
  EXPECT_EQ(TopShape(SppText("pyramid_height: 1"), {Distinct({2, 3, 5, 4})}),
            Shape({2, 3, 1, 1}));
}

TEST_P(SppTest, GradientMatchesDifferences) {
  CheckGradient(SppText("pyramid_height: 2"), {{{2, 2, 5, 4}, {}}});
  CheckGradient(SppText("pyramid_height: 3 pool: AVE"), {{{2, 2, 7, 6}, {}}});
}

TEST_P(SppTest, WantsAHeightAndImages) {
  EXPECT_EQ(ErrorOf(SppText(""), {Distinct({1, 1, 4, 4})}),
            "spp_param has pyramid_height: 0; give 1 to 15");
  EXPECT_EQ(ErrorOf(SppText("pyramid_height: 1"), {Distinct({4, 4})}),
            "needs a bottom of 4 axes (N x C x H x W), not 4x4");
  EXPECT_EQ(ErrorOf(SppText("pyramid_height: 3"), {Distinct({1, 1, 5, 4})}),
            "an image of 5 x 4 does not part into 4 x 4 windows of its pixels; "
            "lower pyramid_height");
}

}  // namespace
}  // namespace doppio
