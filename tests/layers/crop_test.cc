#include "layers/layer_test.h"

namespace doppio {
namespace {

class CropTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, CropTest, testing::ValuesIn(Devices()));

std::string CropText(const std::string& param = "") {
  return "type: 'Crop' crop_param { " + param + " }";
}

const Values kImage = {{1, 1, 3, 4},
                       {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23}};
const Values kSize = Constant({1, 1, 2, 2}, 0);

TEST_P(CropTest, CutsToTheSizeOfTheSecondBottom) {
  EXPECT_EQ(TopShape(CropText(), {kImage, kSize}), Shape({1, 1, 2, 2}));
  EXPECT_EQ(Forward(CropText(), {kImage, kSize}),
            std::vector<float>({0, 1, 10, 11}));
}

TEST_P(CropTest, BeginsAtTheOffset) {
  EXPECT_EQ(Forward(CropText("offset: 1"), {kImage, kSize}),
            std::vector<float>({11, 12, 21, 22}));
  EXPECT_EQ(Forward(CropText("offset: 0 offset: 2"), {kImage, kSize}),
            std::vector<float>({2, 3, 12, 13}));
}

TEST_P(CropTest, LeavesTheAxesBefore) {
  EXPECT_EQ(TopShape(CropText("axis: -1"), {kImage, kSize}),
            Shape({1, 1, 3, 2}));
  EXPECT_EQ(Forward(CropText("axis: -1 offset: 1"), {kImage, kSize}),
            std::vector<float>({1, 2, 11, 12, 21, 22}));
}

TEST_P(CropTest, GradientMatchesDifferences) {
  GradientCheck check;
  check.skip_bottoms = {1};
  CheckGradient(CropText("axis: 1 offset: 1"),
                {{{2, 3, 3, 4}, {}}, {{2, 2, 2, 3}, {}}}, check);
}

TEST_P(CropTest, WantsACutThatFits) {
  EXPECT_EQ(ErrorOf(CropText("offset: 3"), {kImage, kSize}),
            "a cut of 2 at offset 3 does not lie within axis 2 of 1x1x3x4");
  EXPECT_EQ(ErrorOf(CropText("axis: 1 offset: 0 offset: 0"), {kImage, kSize}),
            "crop_param has 2 entries of offset for 3 cropped axes; give one "
            "for all, or one for each");
  EXPECT_EQ(
      ErrorOf(CropText(), {kImage, Distinct({2, 2})}),
      "the size is taken from a bottom of shape 2x2, which has fewer axes "
      "than 1x1x3x4");
}

}  // namespace
}  // namespace doppio
