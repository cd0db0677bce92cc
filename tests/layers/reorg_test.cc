#include "layers/layer_test.h"

namespace doppio {
namespace {

class ReorgTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ReorgTest, testing::ValuesIn(Devices()));

// Darknet's loop over the elements of `deep`, written out.
std::vector<float> Darknet(const Shape& x, int stride, bool to_deep,
                           const std::vector<float>& values) {
  const int channels = x[1], height = x[2], width = x[3];
  const int wide = channels / (stride * stride);
  std::vector<float> result(values.size());
  for (int n = 0; n < x[0]; ++n) {
    for (int c = 0; c < channels; ++c) {
      for (int h = 0; h < height; ++h) {
        for (int w = 0; w < width; ++w) {
          const int deep_at = w + width * (h + height * (c + channels * n));
          const int place = c / wide;
          const int column = w * stride + place % stride;
          const int row = h * stride + place / stride;
          const int wide_at =
              column +
              width * stride * (row + height * stride * (c % wide + wide * n));
          if (to_deep) {
            result[deep_at] = values[wide_at];
          } else {
            result[wide_at] = values[deep_at];
          }
        }
      }
    }
  }
  return result;
}

TEST_P(ReorgTest, MovesPixelsIntoChannelsAsDarknetDoes) {
  const Values x = Distinct({2, 8, 4, 6});
  const std::string text = "type: 'Reorg' reorg_param { stride: 2 }";
  EXPECT_EQ(TopShape(text, {x}), Shape({2, 32, 2, 3}));
  EXPECT_EQ(Forward(text, {x}), Darknet(x.shape, 2, true, x.values));
}

TEST_P(ReorgTest, MovesThemBack) {
  const Values x = Distinct({2, 18, 2, 1});
  const std::string text =
      "type: 'Reorg' reorg_param { stride: 3 reverse: true }";
  EXPECT_EQ(TopShape(text, {x}), Shape({2, 2, 6, 3}));
  EXPECT_EQ(Forward(text, {x}), Darknet(x.shape, 3, false, x.values));
}

TEST_P(ReorgTest, FourChannelsOfOnePixelBecomeABlock) {
  EXPECT_EQ(Forward("type: 'Reorg' reorg_param { stride: 2 reverse: true }",
                    {{{1, 4, 1, 2}, {1, 5, 2, 6, 3, 7, 4, 8}}}),
            std::vector<float>({1, 2, 5, 6, 3, 4, 7, 8}));
}

TEST_P(ReorgTest, GradientMatchesDifferences) {
  CheckGradient("type: 'Reorg' reorg_param { stride: 2 }",
                {{{2, 4, 4, 2}, {}}});
  CheckGradient("type: 'Reorg' reorg_param { stride: 2 reverse: true }",
                {{{2, 8, 3, 2}, {}}});
}

TEST_P(ReorgTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings, const Shape& shape) {
    return ErrorOf("type: 'Reorg' reorg_param { " + settings + " }",
                   {Constant(shape, 1)});
  };
  EXPECT_EQ(error("", {1, 4, 2, 2}),
            "reorg_param has stride: 0; give 1 to 1024");
  EXPECT_EQ(error("stride: 2", {1, 6, 2, 2}),
            "the 6 channels must be a multiple of stride^2 = 4");
  EXPECT_EQ(error("stride: 2", {1, 4, 3, 2}),
            "an image of 3 x 2 does not part into blocks of 2 x 2");
  EXPECT_EQ(error("stride: 2", {4, 2}),
            "needs a bottom of 4 axes (N x C x H x W), not 4x2");
}

}  // namespace
}  // namespace doppio
