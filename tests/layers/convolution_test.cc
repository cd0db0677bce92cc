#include <algorithm>
#include <array>
#include <functional>
#include <sstream>

#include "device/bf16.h"
#include "layers/layer_test.h"
#include "layers/layouts.h"

namespace doppio {
namespace {

class ConvolutionTest : public LayerTest {};
INSTANTIATE_TEST_SUITE_P(Devices, ConvolutionTest,
                         testing::ValuesIn(Devices()));

// A convolution of up to three spatial axes, written out.
struct ConvolutionExample {
  Shape x;
  int outputs;
  int group;
  std::vector<int> kernel, stride, pad, dilation;
  bool bias = true;
  bool winograd = true;

  int axes() const { return static_cast<int>(kernel.size()); }
  int channels() const { return x[1] / group; }
  int Extent(int axis) const {
    return (x[2 + axis] + 2 * pad[axis] - dilation[axis] * (kernel[axis] - 1) -
            1) /
               stride[axis] +
           1;
  }

  std::string text() const {
    std::ostringstream text;
    text << "type: 'Convolution' convolution_param { num_output: " << outputs
         << " group: " << group << " bias_term: " << (bias ? "true" : "false")
         << " weight_filler { type: 'gaussian' std: 0.3 }"
         << " bias_filler { type: 'gaussian' }";
    for (int i = 0; i < axes(); ++i) {
      text << " kernel_size: " << kernel[i] << " stride: " << stride[i]
           << " pad: " << pad[i] << " dilation: " << dilation[i];
    }
    text << " winograd: " << (winograd ? "true" : "false") << " }";
    return text.str();
  }
};

// Calls visit(y, x, w) with the indices of everything that is multiplied.
void VisitProducts(const ConvolutionExample& e,
                   const std::function<void(int, int, int)>& visit) {
  std::array<int, 3> in = {1, 1, 1}, out = {1, 1, 1}, kernel = {1, 1, 1},
                     stride = {1, 1, 1}, pad = {0, 0, 0}, hole = {1, 1, 1};
  for (int i = 0; i < e.axes(); ++i) {
    const int axis = 3 - e.axes() + i;
    in[axis] = e.x[2 + i];
    out[axis] = e.Extent(i);
    kernel[axis] = e.kernel[i];
    stride[axis] = e.stride[i];
    pad[axis] = e.pad[i];
    hole[axis] = e.dilation[i];
  }
  const auto count = [](const std::array<int, 3>& extents) {
    return extents[0] * extents[1] * extents[2];
  };
  const auto at = [](const std::array<int, 3>& extents, int index) {
    return std::array<int, 3>{index / (extents[1] * extents[2]),
                              index / extents[2] % extents[1],
                              index % extents[2]};
  };
  const int outputs_per_group = e.outputs / e.group;
  for (int n = 0; n < e.x[0]; ++n) {
    for (int o = 0; o < e.outputs; ++o) {
      for (int y = 0; y < count(out); ++y) {
        for (int c = 0; c < e.channels(); ++c) {
          for (int k = 0; k < count(kernel); ++k) {
            int pixel = 0;
            bool inside = true;
            for (int a = 0; a < 3; ++a) {
              const int p = at(out, y)[a] * stride[a] - pad[a] +
                            at(kernel, k)[a] * hole[a];
              inside = inside && p >= 0 && p < in[a];
              pixel = pixel * in[a] + p;
            }
            if (!inside) continue;
            const int channel = o / outputs_per_group * e.channels() + c;
            visit((n * e.outputs + o) * count(out) + y,
                  (n * e.x[1] + channel) * count(in) + pixel,
                  (o * e.channels() + c) * count(kernel) + k);
          }
        }
      }
    }
  }
}

// Distinct values in [-1, 1].
Values SmallConvolution(const Shape& shape, uint32_t seed) {
  Values values = Distinct(shape, seed);
  for (float& v : values.values) v /= 0.02f * shape.count();
  return values;
}

// Compares a layer's results with those of the loops above.
void ExpectAsWrittenOut(const ConvolutionExample& e, LayerRun* run,
                        float absolute = 1e-5f) {
  run->Forward();
  run->tops[0].diff.CopyFrom(SmallConvolution(run->tops[0].shape(), 3).values);
  run->Backward();
  const std::vector<float> x = run->bottoms[0].data.ToVector();
  const std::vector<float> w = run->Param(0);
  const std::vector<float> dy = run->tops[0].diff.ToVector();
  const int positions = static_cast<int>(dy.size()) / e.x[0] / e.outputs;

  std::vector<double> y(dy.size()), dx(x.size()), dw(w.size()), db(e.outputs);
  for (size_t i = 0; i < y.size(); ++i) {
    const int output = static_cast<int>(i) / positions % e.outputs;
    if (e.bias) y[i] = run->Param(1)[output];
    db[output] += dy[i];
  }
  VisitProducts(e, [&](int yi, int xi, int wi) {
    y[yi] += double{x[xi]} * w[wi];
    dx[xi] += double{dy[yi]} * w[wi];
    dw[wi] += double{dy[yi]} * x[xi];
  });
  const auto floats = [](const std::vector<double>& values) {
    return std::vector<float>(values.begin(), values.end());
  };
  SCOPED_TRACE(e.text());
  ExpectNear(run->Top(), floats(y), absolute, 1e-4f);
  if (!run->bottoms[0].diff.empty()) {
    ExpectNear(run->BottomDiff(), floats(dx), absolute, 1e-4f);
  }
  ExpectNear(run->ParamDiff(0), floats(dw), absolute, 1e-4f);
  if (e.bias) ExpectNear(run->ParamDiff(1), floats(db), absolute, 1e-4f);
}

TEST_P(ConvolutionTest, SlidesTheKernelOverTheImage) {
  LayerRun run = Make(
      "type: 'Convolution' convolution_param { num_output: 1 kernel_size: 2 }",
      {{{1, 1, 2, 3}, {1, 2, 3, 4, 5, 6}}});
  run.SetParam(0, {1, 10, 100, 1000});
  run.SetParam(1, {0.5f});
  run.Forward();
  EXPECT_EQ(run.tops[0].shape(), Shape({1, 1, 1, 2}));
  EXPECT_EQ(run.Top(), std::vector<float>({5421.5f, 6532.5f}));
  EXPECT_EQ(run.layer->multiply_adds(), 8);
}

TEST_P(ConvolutionTest, AgreesWithTheSumsWrittenOut) {
  const std::vector<ConvolutionExample> examples = {
      // Channels that fill blocks, and channels that do not.
      {{2, 16, 7, 6}, 32, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {{2, 19, 6, 7}, 21, 1, {3, 2}, {2, 1}, {1, 0}, {1, 1}},
      {{2, 3, 11, 9}, 20, 1, {5, 3}, {2, 2}, {0, 1}, {1, 1}},
      {{1, 1, 6, 6}, 1, 1, {1, 1}, {1, 1}, {0, 0}, {1, 1}},
      // Strides beyond the kernel leave pixels out.
      {{2, 4, 9, 9}, 3, 1, {2, 2}, {3, 4}, {0, 0}, {1, 1}},
      {{1, 5, 8, 9}, 6, 1, {1, 1}, {2, 3}, {0, 0}, {1, 1}, false},
      // Holes.
      {{1, 4, 9, 10}, 5, 1, {3, 3}, {1, 2}, {2, 0}, {2, 3}},
      // Groups: blocked, odd, depthwise.
      {{2, 32, 5, 5}, 32, 2, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      {{1, 6, 5, 6}, 9, 3, {3, 3}, {2, 1}, {1, 1}, {1, 1}},
      {{2, 5, 6, 6}, 5, 5, {3, 3}, {1, 1}, {1, 1}, {1, 1}},
      // One and three spatial axes.
      {{2, 3, 9}, 4, 1, {3}, {2}, {1}, {2}},
      {{2, 4, 9}, 4, 2, {3}, {1}, {0}, {1}},
      {{1, 2, 4, 5, 6}, 3, 1, {2, 3, 2}, {1, 2, 1}, {1, 0, 1}, {1, 1, 2}},
      {{1, 4, 4, 5, 6}, 4, 2, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, {2, 2, 2}},
      // Padding wider than the kernel.
      {{1, 2, 3, 3}, 2, 1, {2, 2}, {1, 1}, {4, 3}, {1, 1}},
  };
  for (const ConvolutionExample& e : examples) {
    LayerRun run = Make(e.text(), {SmallConvolution(e.x, 1)});
    ExpectAsWrittenOut(e, &run);
  }
}

TEST_P(ConvolutionTest, TakesBlockedBottoms) {
  const ConvolutionExample e = {{2, 16, 5, 6}, 32,     2,     {3, 3},
                                {1, 1},        {1, 1}, {1, 1}};
  EXPECT_NE(ExpectSameBlocked(e.text(), {Distinct(e.x)}, 16), nullptr);
}

TEST_P(ConvolutionTest, IsTheSameByWinogradsAlgorithm) {
  ConvolutionExample e = {{12, 64, 12, 13}, 64,     2,     {3, 3},
                          {1, 1},           {1, 1}, {1, 1}};
  LayerRun run = Make(e.text(), {SmallConvolution(e.x, 1)});
  e.winograd = false;
  LayerRun direct = Make(e.text(), {SmallConvolution(e.x, 1)});
  for (LayerRun* r : {&run, &direct}) {
    r->Forward();
    r->tops[0].diff.CopyFrom(SmallConvolution(r->tops[0].shape(), 3).values);
    r->Backward();
  }
  ExpectNear(run.Top(), direct.Top(), 3e-4f, 1e-4f);
  ExpectNear(run.BottomDiff(), direct.BottomDiff(), 3e-4f, 1e-4f);
  ExpectNear(run.ParamDiff(0), direct.ParamDiff(0), 3e-4f, 1e-4f);
  ExpectNear(run.ParamDiff(1), direct.ParamDiff(1), 3e-4f, 1e-4f);
}

// Of stride 4 on colours whose gradient nobody wants: a processor with AVX-512
// takes 4 x 4 pixels at a time.
TEST_P(ConvolutionTest, InCellsItIsTheSame) {
  const std::vector<ConvolutionExample> examples = {
      {{3, 2, 75, 79}, 32, 1, {11, 11}, {4, 4}, {2, 2}, {1, 1}},
      {{3, 3, 74, 68}, 32, 1, {12, 10}, {4, 4}, {0, 5}, {1, 1}, false},
      {{2, 3, 30, 30}, 16, 1, {8, 4}, {4, 4}, {1, 0}, {1, 1}},
  };
  for (const ConvolutionExample& e : examples) {
    LayerRun run(e.text(), {SmallConvolution(e.x, 1)}, GetParam(), {0});
    ExpectAsWrittenOut(e, &run, 1e-4f);
    const std::vector<float> once = run.ParamDiff(0);
    std::vector<float> twice = once;
    for (float& v : twice) v *= 2;
    run.layer->params()[0].accumulate = true;
    run.Backward();
    ExpectNear(run.ParamDiff(0), twice);

    if (GetParam() == Device::kCpu && !HasBf16()) continue;
    // Products err by less than 1 in 128, and sums of hundreds by a hundredth
    // of their root mean square, which is 3 or more.
    LayerRun bf16(e.text() + " precision: BF16", {SmallConvolution(e.x, 1)},
                  GetParam(), {0});
    bf16.Forward();
    bf16.tops[0].diff.CopyFrom(run.tops[0].diff.ToVector());
    bf16.Backward();
    ExpectNear(bf16.Top(), run.Top(), 0.1f, 0.01f);
    ExpectNear(bf16.ParamDiff(0), once, 0.1f, 0.01f);
    if (GetParam() != Device::kCpu) continue;
    EXPECT_EQ(LayoutName(bf16.bottoms[0].data.layout()), "cells4x4 bf16");
    const bool winograd = e.kernel[0] > 8;  // 3 x 3 cells
    EXPECT_EQ(LayoutName(run.bottoms[0].data.layout()) == "cells4x4", winograd);
  }
}

TEST_P(ConvolutionTest, GradientMatchesDifferences) {
  CheckGradient(R"(type: "Convolution" convolution_param {
                     num_output: 4 kernel_size: 3 stride: 2 pad: 1 group: 2
                     weight_filler { type: "gaussian" } })",
                {{{2, 4, 5, 6}, {}}});
  CheckGradient(R"(type: "Convolution" convolution_param {
                     num_output: 3 kernel_size: 2 dilation: 2 axis: 2
                     weight_filler { type: "gaussian" } })",
                {{{2, 2, 3, 4, 5}, {}}});
}

TEST_P(ConvolutionTest, AxesBeforeTheChannelsAreImages) {
  const std::string settings =
      "num_output: 3 kernel_size: 2 weight_filler { type: 'gaussian' }";
  const std::vector<float> values = DistinctValues(2 * 4 * 2 * 5 * 6);
  LayerRun deep = Make(
      "type: 'Convolution' convolution_param { axis: -3 " + settings + " }",
      {{{2, 4, 2, 5, 6}, values}});
  LayerRun flat =
      Make("type: 'Convolution' convolution_param { " + settings + " }",
           {{{8, 2, 5, 6}, values}});
  EXPECT_EQ(deep.Forward().tops[0].shape(), Shape({2, 4, 3, 4, 5}));
  ExpectNear(deep.Top(), flat.Forward().Top());
}

TEST_P(ConvolutionTest, WithoutSpatialAxesIsAMatrixProduct) {
  LayerRun run = Make("type: 'Convolution' convolution_param { num_output: 2 }",
                      {{{1, 2}, {3, 4}}});
  EXPECT_EQ(run.layer->params()[0].shape, Shape({2, 2}));
  run.SetParam(0, {1, 2, 10, 20});
  EXPECT_EQ(run.Forward().tops[0].shape(), Shape({1, 2}));
  EXPECT_EQ(run.Top(), std::vector<float>({11, 110}));
}

TEST_P(ConvolutionTest, SizesMayBeGivenOnceOrPerAxis) {
  const Values x = Distinct({1, 2, 8, 9});
  const auto shape = [&](const std::string& settings) {
    return TopShape("type: 'Convolution' convolution_param { num_output: 3 " +
                        settings + " }",
                    {x});
  };
  EXPECT_EQ(shape("kernel_size: 3 stride: 2 pad: 1"), Shape({1, 3, 4, 5}));
  EXPECT_EQ(shape("kernel_size: 3 kernel_size: 1 stride: 2 stride: 1 pad: 0 "
                  "pad: 2 dilation: 2 dilation: 1"),
            Shape({1, 3, 2, 13}));
  EXPECT_EQ(shape("kernel_h: 3 kernel_w: 1 stride_h: 2 stride_w: 1 pad_w: 2"),
            Shape({1, 3, 3, 13}));
}

TEST_P(ConvolutionTest, AKernelMayHangOverByLessThanAStride) {
  // Rounding towards zero leaves one place for a kernel of 3 on two pixels.
  LayerRun run = Make(
      "type: 'Convolution' convolution_param { num_output: 1 kernel_h: 1 "
      "kernel_w: 3 stride: 2 weight_filler { value: 1 } }",
      {{{1, 1, 1, 2}, {3, 4}}});
  EXPECT_EQ(run.Forward().Top(), std::vector<float>({7}));
}

TEST_P(ConvolutionTest, SeveralBottomsShareTheWeights) {
  const std::string settings =
      "type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 "
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
  ExpectNear(both.Top(0), first.Top());
  ExpectNear(both.Top(1), second.Top());
  ExpectNear(both.BottomDiff(1), second.BottomDiff());
  EXPECT_EQ(both.layer->multiply_adds(), 2 * first.layer->multiply_adds());
  for (int p = 0; p < 2; ++p) {
    std::vector<float> sum = first.ParamDiff(p);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += second.ParamDiff(p)[i];
    ExpectNear(both.ParamDiff(p), sum);
  }
}

TEST_P(ConvolutionTest, DiffsOfParametersAddUpWhereAskedTo) {
  const ConvolutionExample e = {{2, 3, 5, 5}, 4,      1,     {3, 3},
                                {1, 1},       {0, 0}, {1, 1}};
  LayerRun run = Make(e.text(), {Distinct(e.x)});
  run.Forward();
  run.tops[0].diff.CopyFrom(DistinctValues(run.tops[0].diff.count()));
  run.Backward();
  std::vector<std::vector<float>> twice = {run.ParamDiff(0), run.ParamDiff(1)};
  for (auto& diff : twice) {
    for (float& d : diff) d *= 2;
  }
  for (Parameter& p : run.layer->params()) p.accumulate = true;
  run.Backward();
  ExpectNear(run.ParamDiff(0), twice[0]);
  ExpectNear(run.ParamDiff(1), twice[1]);
}

// A parameter that has memory when the layouts are planned stays as it lies.
TEST_P(ConvolutionTest, TakesParametersAsTheyLie) {
  const ConvolutionExample e = {{2, 16, 5, 5}, 16,     2,     {3, 3},
                                {1, 1},        {1, 1}, {1, 1}};
  LayerRun run = Make(e.text(), {SmallConvolution(e.x, 1)});
  for (Parameter& p : run.layer->params()) {
    for (Tensor* tensor : {&p.blob.data, &p.blob.diff}) {
      Tensor plain(p.shape, tensor->device());
      plain.CopyFrom(*tensor);
      *tensor = plain;
    }
  }
  Relayout(&run, {nullptr});
  EXPECT_EQ(run.layer->params()[0].layout, nullptr);
  ExpectAsWrittenOut(e, &run);
}

TEST_P(ConvolutionTest, FrozenParametersGetNoDiff) {
  const ConvolutionExample e = {{1, 2, 4, 4}, 3,      1,     {2, 2},
                                {1, 1},       {0, 0}, {1, 1}};
  for (const int frozen : {0, 1}) {
    LayerRun whole = Make(e.text(), {Distinct(e.x)});
    LayerRun run = Make(e.text(), {Distinct(e.x)});
    run.layer->params()[frozen].learns = false;
    run.layer->params()[frozen].blob.diff = Tensor();
    Relayout(&run, {nullptr});
    for (LayerRun* r : {&whole, &run}) {
      r->Forward();
      r->tops[0].diff.CopyFrom(DistinctValues(r->tops[0].diff.count()));
      r->Backward();
    }
    ExpectNear(run.ParamDiff(1 - frozen), whole.ParamDiff(1 - frozen));
    ExpectNear(run.BottomDiff(), whole.BottomDiff());
  }
}

TEST_P(ConvolutionTest, NoImagesGiveNoDiff) {
  LayerRun run = Make(
      "type: 'Convolution' convolution_param { num_output: 2 kernel_size: 2 }",
      {{{0, 3, 4, 4}, {}}});
  run.layer->params()[0].blob.diff.CopyFrom(std::vector<float>(24, 5));
  run.Forward().Backward();
  EXPECT_EQ(run.tops[0].shape(), Shape({0, 2, 3, 3}));
  EXPECT_EQ(run.ParamDiff(0), std::vector<float>(24));
}

}  // namespace
}  // namespace doppio
