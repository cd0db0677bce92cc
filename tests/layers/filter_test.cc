#include "layers/layer_test.h"

namespace doppio {
namespace {

class FilterTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, FilterTest, testing::ValuesIn(Devices()));

const char* const kFilterText = "type: 'Filter'";

TEST_P(FilterTest, LetsTheSelectedImagesPass) {
  LayerRun run = Make(
      "type: 'Filter' top: 'a' top: 'b'",
      {{{3, 2}, {1, 2, 3, 4, 5, 6}}, {{3}, {7, 8, 9}}, {{3, 1}, {1, 0, -1}}});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({2, 2}));
  EXPECT_EQ(run.Top(0), std::vector<float>({1, 2, 5, 6}));
  EXPECT_EQ(run.Top(1), std::vector<float>({7, 9}));
}

TEST_P(FilterTest, GivesNothingIfNothingIsSelected) {
  LayerRun run = Make(kFilterText, {Distinct({3, 2}), Constant({3}, 0)});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({0, 2}));
}

TEST_P(FilterTest, TheOthersHaveNoGradient) {
  LayerRun run = Make(kFilterText, {Distinct({3, 2}), {{3}, {1, 0, 1}}});
  run.Forward();
  run.tops[0].diff = Tensor({2, 2}, {1, 2, 3, 4}, run.layer->device());
  run.Backward();
  EXPECT_EQ(run.BottomDiff(0), std::vector<float>({1, 2, 0, 0, 3, 4}));
}

TEST_P(FilterTest, TheSelectorHasNoGradient) {
  const LayerRun run = Make(kFilterText, {Distinct({3, 2}), Constant({3}, 1)});
  EXPECT_TRUE(run.layer->Differentiable(0));
  EXPECT_FALSE(run.layer->Differentiable(1));
}

TEST_P(FilterTest, WantsASelectorForEachImage) {
  EXPECT_EQ(ErrorOf(kFilterText, {Distinct({3, 2}), Constant({3, 2}, 1)}),
            "the selector, its last bottom, is 3x2; it needs one value for "
            "each image");
  EXPECT_EQ(ErrorOf(kFilterText, {Distinct({3, 2}), Constant({2}, 1)}),
            "bottom 0 is 3x2, but there are 2 selectors");
  EXPECT_EQ(ErrorOf("type: 'Filter' top: 'a' top: 'b'",
                    {Distinct({3, 2}), Constant({3}, 1)}),
            "has 2 tops for 2 bottoms; it needs one top for each bottom but "
            "the last");
}

// As are left where the filter lets none pass.
TEST_P(FilterTest, OtherLayersTakeNoImages) {
  const Values images = {{0, 2, 4, 4}, {}}, vectors = {{0, 3}, {}};
  const Values labels = {{0}, {}};
  const std::pair<const char*, std::vector<Values>> layers[] = {
      {"type: 'Accuracy'", {vectors, labels}},
      {"type: 'ArgMax'", {vectors}},
      {"type: 'Bias'", {images}},
      {"type: 'Concat'", {images, images}},
      {"type: 'Crop'", {images, images}},
      {"type: 'Dropout'", {vectors}},
      {"type: 'Eltwise'", {images, images}},
      {"type: 'Im2col' convolution_param { kernel_size: 2 }", {images}},
      {"type: 'Interp' interp_param { zoom_factor: 2 }", {images}},
      {"type: 'LRN'", {images}},
      {"type: 'LRN' lrn_param { norm_region: WITHIN_CHANNEL }", {images}},
      {"type: 'MVN'", {images}},
      {"type: 'Normalize'", {images}},
      {"type: 'Permute' permute_param { order: 0 order: 2 }", {images}},
      {"type: 'Pooling' pooling_param { kernel_size: 2 }", {images}},
      {"type: 'Pooling' pooling_param { kernel_size: 2 pool: AVE }", {images}},
      {"type: 'PReLU'", {images}},
      {"type: 'ReLU'", {images}},
      {"type: 'Reduction' reduction_param { axis: 1 }", {images}},
      {"type: 'Scale'", {images}},
      {"type: 'Slice' top: 'a' top: 'b'", {images}},
      {"type: 'Softmax'", {vectors}},
      {"type: 'Softmax'", {images}},
      {"type: 'SoftmaxWithLoss'", {vectors, labels}},
      {"type: 'SPP' spp_param { pyramid_height: 2 }", {images}},
      {"type: 'Tile' tile_param { tiles: 2 }", {images}},
  };
  for (const auto& [text, bottoms] : layers) {
    EXPECT_NO_THROW(Make(text, bottoms).Forward().Backward()) << text;
  }
}

}  // namespace
}  // namespace doppio
