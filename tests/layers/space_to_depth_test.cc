#include "layers/shared/space_to_depth.h"

#include <gtest/gtest.h>

#include <numeric>

#include "layers/layer_test.h"

namespace doppio {
namespace {

// A kernel of 6 x 5, padded by 1 and 2, on two channels of 7 x 9: 1 x 3 places,
// 2 x 2 cells of the kernel, and 2 x 4 of the image.
const Window kWindow = {{6, 5}, {4, 4}, {1, 2}, {1, 1}};
const Shape kSource = {3, 2, 7, 9};
const Shape kWeights = {5, 2, 6, 5};
const Shape kTarget = {3, 5, 1, 3};

TEST(SpaceToDepthTest, ConvolutionsOfFewChannelsAndStride4Fit) {
  const auto fits = [](const Window& window, const Shape& source,
                       const Shape& weights) {
    return SpaceToDepth::Fits(window, source, weights);
  };
  const Window alexnet = {{11, 11}, {4, 4}, {0, 0}, {1, 1}};
  EXPECT_TRUE(fits(alexnet, {1, 3, 227, 227}, {96, 3, 11, 11}));
  EXPECT_FALSE(fits(alexnet, {1, 5, 227, 227}, {96, 5, 11, 11})) << "channels";
  EXPECT_FALSE(fits(alexnet, {1, 4, 227, 227}, {2, 48, 2, 11, 11})) << "groups";
  Window other = alexnet;
  other.stride = {4, 2};
  EXPECT_FALSE(fits(other, {1, 3, 227, 227}, {96, 3, 11, 11}));
  other = alexnet;
  other.dilation = {2, 1};
  EXPECT_FALSE(fits(other, {1, 3, 227, 227}, {96, 3, 11, 11}));
  other = alexnet;
  other.kernel = {5, 5};
  EXPECT_FALSE(fits(other, {1, 3, 227, 227}, {96, 3, 5, 5})) << "zeros";
  other = {{4}, {4}, {0}, {1}};
  EXPECT_FALSE(fits(other, {1, 3, 227}, {96, 3, 4})) << "one axis";
}

TEST(SpaceToDepthTest, BecomesAConvolutionOfCells) {
  const SpaceToDepth cells(kWindow, kSource, kWeights, kTarget);
  EXPECT_EQ(cells.window().kernel, (std::vector<int>{2, 2}));
  EXPECT_EQ(cells.window().stride, (std::vector<int>{1, 1}));
  EXPECT_EQ(cells.window().pad, (std::vector<int>{0, 0}));
  EXPECT_EQ(cells.source(), Shape({3, 32, 2, 4}));
  EXPECT_EQ(cells.weights(), Shape({5, 32, 2, 2}));
}

TEST(SpaceToDepthTest, APixelLiesWhereItsCellIs) {
  const SpaceToDepth cells(kWindow, kSource, kWeights, kTarget);
  const std::vector<float> values = DistinctValues(kSource.count());
  for (const bool bf16 : {false, true}) {
    Tensor folded(kSource, Device::kCpu, cells.SourceLayout(bf16));
    EXPECT_EQ(folded.bytes(), 3u * 32 * 2 * 4 * (bf16 ? 2 : 4));
    folded.CopyFrom(values);
    if (bf16) {
      ExpectNear(folded.ToVector(), values, 0, 1.f / 256);
      continue;
    }
    EXPECT_EQ(folded.ToVector(), values);
    // Pixel (y, x) = (4, 3) of channel 1 in image 2: padded (5, 5), which is
    // (1, 1) of cell (1, 1).
    const float* stored = static_cast<const float*>(folded.storage());
    const int cell = ((2 * 2 + 1) * 2 + 1) * 4 + 1;
    EXPECT_EQ(stored[cell * 16 + 5], values[((2 * 2 + 1) * 7 + 4) * 9 + 3]);
    EXPECT_EQ(stored[0], 0) << "padding";
    EXPECT_EQ(stored[6], values[0]);
  }
}

TEST(SpaceToDepthTest, LayoutsAreTheSameIfTheirCellsAre) {
  const SpaceToDepth cells(kWindow, kSource, kWeights, kTarget);
  const SpaceToDepth same(kWindow, kSource, {9, 2, 6, 5}, kTarget);
  Window moved = kWindow;
  moved.pad = {2, 1};
  const SpaceToDepth other(moved, kSource, kWeights, kTarget);
  const LayoutPtr layout = cells.SourceLayout(false);
  EXPECT_TRUE(SameLayout(layout, same.SourceLayout(false)));
  EXPECT_FALSE(SameLayout(layout, same.SourceLayout(true)));
  EXPECT_FALSE(SameLayout(layout, other.SourceLayout(false)));
  EXPECT_FALSE(SameLayout(layout, nullptr));
}

TEST(SpaceToDepthTest, WeightsComeBackAsTheyWere) {
  const SpaceToDepth cells(kWindow, kSource, kWeights, kTarget);
  const std::vector<float> given = DistinctValues(kWeights.count());
  std::vector<float> folded(cells.weights().count(), -1);
  cells.FoldWeights(given.data(), folded.data());
  // Output 4, channel 1, (y, x) = (5, 2): (1, 2) of cell (1, 0).
  EXPECT_EQ(folded[((4 * 32 + 16 + 6) * 2 + 1) * 2],
            given[((4 * 2 + 1) * 6 + 5) * 5 + 2]);
  EXPECT_EQ(std::accumulate(folded.begin(), folded.end(), 0.),
            std::accumulate(given.begin(), given.end(), 0.))
      << "and zeros";

  std::vector<float> back(given.size(), 1);
  cells.UnfoldWeights(folded.data(), false, back.data());
  EXPECT_EQ(back, given);
  cells.UnfoldWeights(folded.data(), true, back.data());
  for (size_t i = 0; i < back.size(); ++i) EXPECT_EQ(back[i], 2 * given[i]);
}

}  // namespace
}  // namespace doppio
