#include <functional>
#include <sstream>

#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class DeconvolutionTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, DeconvolutionTest,
                         testing::ValuesIn(Devices()));

// A deconvolution of two spatial axes, written out.
struct DeconvolutionExample {
  Shape x;  // N x C x H x W
  int outputs;
  int group;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
  int hole_h = 1, hole_w = 1;
  bool bias = true;

  int Height() const {
    return stride_h * (x[2] - 1) + hole_h * (kernel_h - 1) + 1 - 2 * pad_h;
  }
  int Width() const {
    return stride_w * (x[3] - 1) + hole_w * (kernel_w - 1) + 1 - 2 * pad_w;
  }
  std::string text() const {
    std::ostringstream text;
    text << "type: 'Deconvolution' convolution_param { num_output: " << outputs
         << " group: " << group << " bias_term: " << (bias ? "true" : "false")
         << " kernel_size: " << kernel_h << " kernel_size: " << kernel_w
         << " stride: " << stride_h << " stride: " << stride_w
         << " pad: " << pad_h << " pad: " << pad_w << " dilation: " << hole_h
         << " dilation: " << hole_w
         << " weight_filler { type: 'gaussian' std: 0.3 }"
         << " bias_filler { type: 'gaussian' } }";
    return text.str();
  }
};

// Calls visit(x, y, w) with the indices of everything that is multiplied: y is
// where the product is added.
void VisitProducts(const DeconvolutionExample& e,
                   const std::function<void(int, int, int)>& visit) {
  const int in = e.x[1] / e.group, out = e.outputs / e.group;
  for (int n = 0; n < e.x[0]; ++n) {
    for (int c = 0; c < e.x[1]; ++c) {
      for (int pixel = 0; pixel < e.x[2] * e.x[3]; ++pixel) {
        for (int o = 0; o < out; ++o) {
          for (int k = 0; k < e.kernel_h * e.kernel_w; ++k) {
            const int h = pixel / e.x[3] * e.stride_h +
                          k / e.kernel_w * e.hole_h - e.pad_h;
            const int w = pixel % e.x[3] * e.stride_w +
                          k % e.kernel_w * e.hole_w - e.pad_w;
            if (h < 0 || h >= e.Height() || w < 0 || w >= e.Width()) continue;
            const int channel = c / in * out + o;
            visit((n * e.x[1] + c) * e.x[2] * e.x[3] + pixel,
                  ((n * e.outputs + channel) * e.Height() + h) * e.Width() + w,
                  (c * out + o) * e.kernel_h * e.kernel_w + k);
          }
        }
      }
    }
  }
}

// Distinct values in [-1, 1].
Values Small(const Shape& shape, uint32_t seed) {
  Values values = Distinct(shape, seed);
  for (float& v : values.values) v /= 0.02f * shape.count();
  return values;
}

// Compares a layer's results with those of the loops above.
void ExpectAsWrittenOut(const DeconvolutionExample& e, LayerRun* run) {
  SCOPED_TRACE(e.text());
  ASSERT_EQ(run->tops[0].shape(),
            Shape({e.x[0], e.outputs, e.Height(), e.Width()}));
  run->Forward();
  run->tops[0].diff.CopyFrom(Small(run->tops[0].shape(), 3).values);
  run->Backward();
  const std::vector<float> x = run->bottoms[0].data.ToVector();
  const std::vector<float> w = run->Param(0);
  const std::vector<float> dy = run->tops[0].diff.ToVector();
  const int positions = e.Height() * e.Width();

  std::vector<double> y(dy.size()), dx(x.size()), dw(w.size()), db(e.outputs);
  for (size_t i = 0; i < y.size(); ++i) {
    const int output = static_cast<int>(i) / positions % e.outputs;
    if (e.bias) y[i] = run->Param(1)[output];
    db[output] += dy[i];
  }
  VisitProducts(e, [&](int xi, int yi, int wi) {
    y[yi] += double{x[xi]} * w[wi];
    dx[xi] += double{dy[yi]} * w[wi];
    dw[wi] += double{dy[yi]} * x[xi];
  });
  const auto floats = [](const std::vector<double>& values) {
    return std::vector<float>(values.begin(), values.end());
  };
  ExpectNear(run->Top(), floats(y));
  ExpectNear(run->BottomDiff(), floats(dx));
  ExpectNear(run->ParamDiff(0), floats(dw));
  if (e.bias) ExpectNear(run->ParamDiff(1), floats(db));
}

TEST_P(DeconvolutionTest, EachPixelAddsAKernel) {
  LayerRun run = Make(
      "type: 'Deconvolution' convolution_param { num_output: 1 kernel_size: 2 "
      "}",
      {{{1, 1, 1, 2}, {1, 10}}});
  run.SetParam(0, {1, 2, 3, 4});
  run.SetParam(1, {0.5f});
  EXPECT_EQ(run.Forward().Top(),
            std::vector<float>({1.5f, 12.5f, 20.5f, 3.5f, 34.5f, 40.5f}));
  EXPECT_EQ(run.layer->multiply_adds(), 8);
}

TEST_P(DeconvolutionTest, AgreesWithTheSumsWrittenOut) {
  const std::vector<DeconvolutionExample> examples = {
      // Channels that fill blocks, and channels that do not.
      {{2, 16, 5, 4}, 32, 1, 3, 3, 1, 1, 1, 1},
      {{2, 21, 4, 5}, 19, 1, 4, 3, 2, 1, 1, 0},
      {{1, 1, 4, 4}, 1, 1, 1, 1, 1, 1, 0, 0},
      {{1, 3, 3, 4}, 5, 1, 2, 2, 3, 2, 0, 0, 1, 1, false},
      // Holes.
      {{1, 4, 4, 5}, 6, 1, 3, 2, 2, 1, 1, 0, 2, 3},
      // Groups: blocked, odd, each channel by itself.
      {{2, 32, 4, 4}, 32, 2, 3, 3, 2, 2, 1, 1},
      {{1, 6, 3, 4}, 9, 3, 3, 3, 1, 2, 0, 1},
      {{1, 16, 4, 4}, 16, 16, 4, 4, 2, 2, 1, 1, 1, 1, false},
      {{2, 5, 4, 4}, 5, 5, 4, 4, 2, 2, 1, 1},
  };
  for (const DeconvolutionExample& e : examples) {
    LayerRun run(e.text(), {Small(e.x, 1)}, GetParam());
    ExpectAsWrittenOut(e, &run);
  }
}

TEST_P(DeconvolutionTest, TakesBlockedBottoms) {
  const DeconvolutionExample e = {{2, 16, 5, 6}, 32, 2, 3, 3, 2, 2, 1, 1};
  ExpectSameBlocked(e.text(), {Distinct(e.x)}, 16);
}

TEST_P(DeconvolutionTest, GradientMatchesDifferences) {
  CheckGradient(R"(type: "Deconvolution" convolution_param {
                     num_output: 4 kernel_size: 3 stride: 2 pad: 1 group: 2
                     weight_filler { type: "gaussian" } })",
                {{{2, 2, 3, 3}, {}}});
  // One and three spatial axes, and channels that are not axis 1.
  CheckGradient(R"(type: "Deconvolution" convolution_param {
                     num_output: 3 kernel_size: 3 stride: 2
                     weight_filler { type: "gaussian" } })",
                {{{2, 2, 4}, {}}});
  CheckGradient(R"(type: "Deconvolution" convolution_param {
                     num_output: 2 kernel_size: 2 stride: 2
                     weight_filler { type: "gaussian" } })",
                {{{1, 2, 2, 3, 2}, {}}});
  CheckGradient(R"(type: "Deconvolution" convolution_param {
                     num_output: 3 kernel_size: 2 dilation: 2 axis: 2
                     weight_filler { type: "gaussian" } })",
                {{{2, 2, 2, 3, 2}, {}}});
}

TEST_P(DeconvolutionTest, BilinearFillerUpsamples) {
  const std::vector<float> up = Forward(
      R"(type: "Deconvolution" convolution_param {
           num_output: 2 group: 2 kernel_size: 4 stride: 2 pad: 1
           bias_term: false weight_filler { type: "bilinear" } })",
      {{{1, 2, 1, 3}, {4, 8, 16, 1, 1, 1}}});
  // Only one row: rows of the top get 3/4 of it.
  ExpectNear(up, {2.25f,   3.75f, 5.25f, 7.5f,  10.5f, 9,  //
                  2.25f,   3.75f, 5.25f, 7.5f,  10.5f, 9,  //
                  0.5625f, 0.75f, 0.75f, 0.75f, 0.75f, 0.5625f,
                  0.5625f, 0.75f, 0.75f, 0.75f, 0.75f, 0.5625f});
}

TEST_P(DeconvolutionTest, WithoutSpatialAxesIsAMatrixProduct) {
  LayerRun run =
      Make("type: 'Deconvolution' convolution_param { num_output: 2 }",
           {{{1, 2}, {3, 4}}});
  run.SetParam(0, {1, 10, 2, 20});
  EXPECT_EQ(run.Forward().tops[0].shape(), Shape({1, 2}));
  EXPECT_EQ(run.Top(), std::vector<float>({11, 110}));
}

TEST_P(DeconvolutionTest, SeveralBottomsShareTheWeights) {
  const std::string settings =
      "type: 'Deconvolution' convolution_param { num_output: 2 kernel_size: 2 "
      "weight_filler { type: 'gaussian' } }";
  const Values a = Distinct({1, 3, 4, 4}, 1), b = Distinct({1, 3, 4, 4}, 2);
  LayerRun both = Make(settings + " top: 'y' top: 'z'", {a, b});
  LayerRun first = Make(settings, {a}), second = Make(settings, {b});
  for (LayerRun* run : {&both, &first, &second}) {
    run->Forward();
    for (Blob& top : run->tops) {
      top.diff.CopyFrom(DistinctValues(top.diff.count(), 9));
    }
    run->Backward();
  }
  ExpectNear(both.Top(1), second.Top());
  ExpectNear(both.BottomDiff(1), second.BottomDiff());
  for (int p = 0; p < 2; ++p) {
    std::vector<float> sum = first.ParamDiff(p);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += second.ParamDiff(p)[i];
    ExpectNear(both.ParamDiff(p), sum);
  }
}

TEST_P(DeconvolutionTest, DiffsOfParametersAddUpWhereAskedTo) {
  const DeconvolutionExample e = {{2, 3, 4, 4}, 4, 1, 3, 3, 2, 2, 0, 0};
  LayerRun run = Make(e.text(), {Distinct(e.x)});
  run.Forward();
  run.tops[0].diff.CopyFrom(DistinctValues(run.tops[0].diff.count()));
  run.Backward();
  for (int p = 0; p < 2; ++p) {
    std::vector<float> twice = run.ParamDiff(p);
    for (float& d : twice) d *= 2;
    run.layer->params()[p].accumulate = true;
    run.Backward();
    ExpectNear(run.ParamDiff(p), twice, 1e-3f);
  }
}

TEST_P(DeconvolutionTest, ABatchMayBeEmpty) {
  LayerRun run = Make(
      "type: 'Deconvolution' convolution_param { num_output: 2 kernel_size: 2 "
      "}",
      {{{0, 3, 4, 4}, {}}});
  run.Forward();
  run.layer->params()[0].blob.diff.CopyFrom(std::vector<float>(24, 7));
  run.Backward();
  EXPECT_EQ(run.tops[0].shape(), Shape({0, 2, 5, 5}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>(24));
}

TEST_P(DeconvolutionTest, SaysWhatDoesNotFit) {
  const auto error = [&](const std::string& settings, const Shape& x) {
    return ErrorOf(
        "type: 'Deconvolution' convolution_param { num_output: 1 "
        "kernel_size: 1 " +
            settings + " }",
        {Constant(x, 1)});
  };
  EXPECT_EQ(error("pad: 1", {1, 4, 2, 2}),
            "2 places of a kernel that spans 1 pixels leave nothing of an "
            "image padded by 1");
  EXPECT_EQ(error("stride: 2000000000", {1, 4, 3, 2}),
            "4000000001 pixels are more than an axis can have");
}

}  // namespace
}  // namespace doppio
