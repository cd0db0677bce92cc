#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class PoolingTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, PoolingTest, testing::ValuesIn(Devices()));

std::string Pool(const std::string& settings) {
  return "type: 'Pooling' pooling_param { " + settings + " }";
}

TEST_P(PoolingTest, MaxKeepsTheLargestUnderEachWindow) {
  LayerRun run =
      Make(Pool("kernel_size: 2"),
           {{{1, 1, 3, 5}, {1, 2, 5, 2, 3, 9, 4, 1, 4, 8, 1, 2, 5, 2, 3}}});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({1, 1, 2, 4}));
  EXPECT_EQ(run.Top(), std::vector<float>({9, 5, 5, 8, 9, 5, 5, 8}));
}

TEST_P(PoolingTest, GradientGoesToTheFirstOfEqualMaxima) {
  LayerRun run = Make(Pool("kernel_size: 2 stride: 2"),
                      {{{1, 1, 2, 4}, {7, 7, 0, 3, 7, 7, 3, 3}}});
  run.tops[0].diff.CopyFrom({1, 10});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({1, 0, 0, 10, 0, 0, 0, 0}));
}

TEST_P(PoolingTest, GradientsOfOverlappingWindowsAddUp) {
  LayerRun run =
      Make(Pool("kernel_h: 1 kernel_w: 2"), {{{1, 1, 1, 4}, {1, 9, 2, 3}}});
  run.tops[0].diff.CopyFrom({1, 10, 100});
  run.Forward().Backward();
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({0, 11, 0, 100}));
}

TEST_P(PoolingTest, PaddingIsNeverTheMaximum) {
  EXPECT_EQ(Forward(Pool("kernel_size: 3 pad: 1"), {{{1, 1, 1, 1}, {-5}}}),
            std::vector<float>({-5}));
}

TEST_P(PoolingTest, AverageCountsThePaddingAsZeros) {
  EXPECT_EQ(
      Forward(Pool("pool: AVE kernel_size: 3 pad: 1"), {{{1, 1, 1, 1}, {9}}}),
      std::vector<float>({1}));
}

TEST_P(PoolingTest, AverageLeavesOutWhatOverhangsThePadding) {
  EXPECT_EQ(Forward(Pool("pool: AVE kernel_h: 1 kernel_w: 2 stride: 2"),
                    {{{1, 1, 1, 3}, {2, 4, 6}}}),
            std::vector<float>({3, 6}));
}

TEST_P(PoolingTest, SizesRoundUpUnlessAskedToRoundDown) {
  const auto shape = [&](const std::string& settings) {
    return TopShape(Pool(settings), {Distinct({1, 1, 6, 7})});
  };
  EXPECT_EQ(shape("kernel_size: 3 stride: 2"), Shape({1, 1, 3, 3}));
  EXPECT_EQ(shape("kernel_size: 3 stride: 2 round_mode: FLOOR"),
            Shape({1, 1, 2, 3}));
  EXPECT_EQ(shape("kernel_size: 3 stride: 2 ceil_mode: false"),
            Shape({1, 1, 2, 3}));
  EXPECT_EQ(shape("kernel_h: 2 kernel_w: 3 stride_h: 1 stride_w: 3 pad_h: 0 "
                  "pad_w: 1"),
            Shape({1, 1, 5, 3}));
  EXPECT_EQ(shape("global_pooling: true"), Shape({1, 1, 1, 1}));
  // A window larger than the image by less than a stride fits once.
  EXPECT_EQ(shape("kernel_size: 8 stride: 3"), Shape({1, 1, 1, 1}));
  // Beside kernel_size, a lone kernel_h is overlooked.
  EXPECT_EQ(shape("kernel_size: 3 kernel_h: 5"), Shape({1, 1, 4, 5}));
}

TEST_P(PoolingTest, WindowsThatWouldBeginBehindTheImageAreLeftOut) {
  const auto shape = [&](const std::string& settings, int width) {
    return TopShape(Pool(settings), {Distinct({1, 1, 4, width})});
  };
  // Without the rule, the last windows would begin at 6 = 4 + 2.
  EXPECT_EQ(shape("kernel_size: 3 stride: 3 pad: 2", 4), Shape({1, 1, 2, 2}));
  // Windows at 0, 4 and 8 of 8 columns.
  EXPECT_EQ(shape("kernel_size: 2 stride: 4", 8), Shape({1, 1, 1, 2}));
}

TEST_P(PoolingTest, ASecondTopSaysWhereTheMaximaLie) {
  LayerRun run = Make(Pool("kernel_size: 2 stride: 2") + " top: 'y' top: 'at'",
                      {{{1, 2, 2, 3}, {1, 5, 2, 9, 4, 7, 3, 3, 1, 3, 3, 8}}});
  run.Forward();
  EXPECT_EQ(run.Top(0), std::vector<float>({9, 7, 3, 8}));
  EXPECT_EQ(run.Top(1), std::vector<float>({3, 5, 0, 5}));
}

struct Example {
  Shape x;
  int kernel_h, kernel_w, stride, pad;
};

const Example kExamples[] = {
    {{2, 16, 7, 6}, 3, 3, 2, 0}, {{1, 19, 6, 6}, 2, 3, 2, 1},
    {{2, 3, 9, 8}, 3, 3, 3, 2},  {{1, 40, 5, 5}, 5, 5, 1, 0},
    {{1, 2, 8, 7}, 2, 2, 3, 0},  {{3, 1, 4, 4}, 1, 1, 1, 0},
};

std::string PoolingText(const Example& e, const std::string& method) {
  std::ostringstream text;
  text << "pool: " << method << " kernel_h: " << e.kernel_h
       << " kernel_w: " << e.kernel_w << " stride: " << e.stride
       << " pad: " << e.pad;
  return Pool(text.str());
}

// Both methods, window by window.
void ExpectAsWrittenOut(const Example& e, bool max, LayerRun* run) {
  run->Forward();
  run->tops[0].diff.CopyFrom(DistinctValues(run->tops[0].diff.count(), 3));
  run->Backward();
  const std::vector<float> x = run->bottoms[0].data.ToVector();
  const std::vector<float> dy = run->tops[0].diff.ToVector();
  const Shape& out = run->tops[0].shape();
  const int height = e.x[2], width = e.x[3];
  std::vector<float> y, dx(x.size());
  for (int image = 0; image < e.x[0] * e.x[1]; ++image) {
    for (int row = 0; row < out[2]; ++row) {
      for (int col = 0; col < out[3]; ++col) {
        const int top = row * e.stride - e.pad, left = col * e.stride - e.pad;
        std::vector<int> pixels;
        int area = 0;
        for (int h = top; h < top + e.kernel_h; ++h) {
          for (int w = left; w < left + e.kernel_w; ++w) {
            if (h < height + e.pad && w < width + e.pad) ++area;
            if (h < 0 || w < 0 || h >= height || w >= width) continue;
            pixels.push_back((image * height + h) * width + w);
          }
        }
        const float gradient = dy[y.size()];
        if (max) {
          const int best =
              *std::max_element(pixels.begin(), pixels.end(),
                                [&](int a, int b) { return x[a] < x[b]; });
          y.push_back(x[best]);
          dx[best] += gradient;
          continue;
        }
        float sum = 0;
        for (const int pixel : pixels) {
          sum += x[pixel];
          dx[pixel] += gradient / area;
        }
        y.push_back(sum / area);
      }
    }
  }
  ExpectNear(run->Top(), y, 1e-6f, 1e-5f);
  ExpectNear(run->BottomDiff(), dx, 1e-5f, 1e-5f);
}

TEST_P(PoolingTest, AgreesWithTheDefinition) {
  for (const Example& e : kExamples) {
    for (const std::string method : {"MAX", "AVE"}) {
      SCOPED_TRACE(PoolingText(e, method));
      LayerRun run = Make(PoolingText(e, method), {Distinct(e.x)});
      ExpectAsWrittenOut(e, method == "MAX", &run);
    }
  }
}

TEST_P(PoolingTest, GradientMatchesDifferences) {
  for (const char* method : {"MAX", "AVE"}) {
    CheckGradient(PoolingText({{}, 3, 2, 2, 1}, method), {{{2, 3, 6, 5}, {}}});
  }
}

TEST_P(PoolingTest, BlockedAndRowMajorGiveTheSame) {
  for (const Example& e : kExamples) {
    for (const std::string method : {"MAX", "AVE"}) {
      SCOPED_TRACE(PoolingText(e, method));
      for (const int channels : {8, 16}) {
        EXPECT_NE(ExpectSameBlocked(PoolingText(e, method), {Distinct(e.x)},
                                    channels),
                  nullptr);
      }
    }
  }
  ExpectSameBlocked(Pool("kernel_size: 2") + " top: 'y' top: 'at'",
                    {Distinct({2, 5, 4, 4})}, 16);
  // Drawn by the place in the tensor, not in memory.
  ExpectSameBlocked(Pool("pool: STOCHASTIC kernel_size: 2"),
                    {Distinct({2, 5, 4, 4})}, 16);
}

TEST_P(PoolingTest, WindowsOfNoNumbersDoNoHarm) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  LayerRun run = Make(Pool("kernel_size: 2 stride: 2"),
                      {{{1, 1, 2, 4}, {nan, nan, nan, 3, nan, nan, 1, nan}}});
  run.tops[0].diff.CopyFrom({1, 10});
  run.Forward().Backward();
  EXPECT_EQ(run.Top()[1], 3);
  EXPECT_EQ(run.BottomDiff(), std::vector<float>({1, 0, 0, 10, 0, 0, 0, 0}));
}

TEST_P(PoolingTest, StochasticDrawsInProportionToTheValues) {
  const int windows = 4000;
  std::vector<float> x;
  for (int i = 0; i < windows; ++i) x.insert(x.end(), {1, 0, 6, 3});
  LayerRun run = Make(Pool("pool: STOCHASTIC kernel_h: 1 kernel_w: 4"),
                      {{{windows, 1, 1, 4}, x}});
  run.tops[0].diff.CopyFrom(std::vector<float>(windows, 1));
  run.Forward().Backward();
  const std::vector<float> y = run.Top(), dx = run.BottomDiff();
  EXPECT_NEAR(std::count(y.begin(), y.end(), 1.f), 400, 60);
  EXPECT_NEAR(std::count(y.begin(), y.end(), 6.f), 2400, 100);
  EXPECT_NEAR(std::count(y.begin(), y.end(), 3.f), 1200, 100);
  for (int i = 0; i < windows; ++i) {
    EXPECT_EQ(dx[4 * i + 2], y[i] == 6 ? 1 : 0) << i;
  }
  run.Forward();
  EXPECT_EQ(run.Top(), y) << "the same pass draws the same";
  run.layer->set_pass(1);
  run.Forward();
  EXPECT_NE(run.Top(), y) << "another pass draws anew";
}

TEST_P(PoolingTest, StochasticGivesTheWeightedMeanInTesting) {
  const std::string text =
      Pool("pool: STOCHASTIC kernel_h: 1 kernel_w: 2 stride: 2") +
      " phase: TEST";
  ExpectNear(Forward(text, {{{1, 1, 1, 4}, {1, 3, 0, 0}}}), {2.5f, 0});
  EXPECT_FALSE(Make(text, {Distinct({1, 1, 1, 4})}).layer->Differentiable(0));
}

TEST_P(PoolingTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings,
                         const Shape& x = {1, 1, 4, 4}) {
    return ErrorOf(Pool(settings), {Constant(x, 1)});
  };
  EXPECT_EQ(error(""),
            "pooling_param needs kernel_size, or kernel_h and kernel_w");
  EXPECT_EQ(error("kernel_size: 0"), "kernel is 0, but must be at least 1");
  EXPECT_EQ(error("kernel_size: 2 stride: 0"),
            "stride is 0, but must be at least 1");
  EXPECT_EQ(error("kernel_size: 2 pad: 4294967295"),
            "pad is -1, but must be at least 0");
  EXPECT_EQ(error("kernel_h: 2"),
            "pooling_param has only one of kernel_h and kernel_w; give both");
  EXPECT_EQ(
      error("kernel_size: 2 kernel_h: 2 kernel_w: 2"),
      "pooling_param has both kernel_size and kernel_h/kernel_w; keep one");
  EXPECT_EQ(error("kernel_size: 2 pad: 1 pad_h: 1"),
            "pooling_param has only one of pad_h and pad_w; give both");
  EXPECT_EQ(error("kernel_size: 7"),
            "a window of 7 does not fit an image of 4 padded by 0");
  EXPECT_EQ(error("kernel_size: 2 pad: 2"),
            "a padding of 2 x 2 must be smaller than the window of 2 x 2");
  EXPECT_EQ(error("kernel_size: 3 pad: 1 pool: STOCHASTIC"),
            "STOCHASTIC pooling takes no padding, but pad is 1");
  EXPECT_EQ(error("kernel_size: 3 global_pooling: true"),
            "the window of global_pooling is the image; leave out the kernel "
            "size");
  EXPECT_EQ(error("stride: 2 global_pooling: true"),
            "global_pooling has one window; leave out pad and stride");
  EXPECT_EQ(error("kernel_size: 2", {4, 4}),
            "needs a bottom of 4 axes (N x C x H x W), not 4x4");
}

}  // namespace
}  // namespace doppio
