#include "layers/prelu.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Prelu::traits() const {
  LayerTraits t;
  t.backward_reads_tops = false;
  return t;
}

Shapes Prelu::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 2, "a bottom of shape ", x,
          " has no channels; it needs at least two axes");
  images_ = x[0];
  channels_ = x[1];
  pixels_ = x.count(2);
  FillerParameter filler = param_.prelu_param().filler();
  if (!param_.prelu_param().has_filler()) filler.set_value(0.25f);
  DeclareParam(0, shared() ? Shape{} : Shape{channels_}, filler);
  return bottoms;
}

namespace {

class PreluCpu final : public Prelu {
 public:
  using Prelu::Prelu;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ForEachPlane([=](int64_t at, float a) {
#pragma omp simd
      for (int64_t i = at; i < at + pixels_; ++i) {
        y[i] = x[i] > 0 ? x[i] : a * x[i];
      }
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* x = bottoms[0]->data.data();
    const float* dy = tops[0]->diff.data();
    if (params()[0].learns) SumSlopeDiff(x, dy);
    if (!propagate_down(0)) return;
    float* dx = bottoms[0]->diff.data();
    ForEachPlane([=](int64_t at, float a) {
#pragma omp simd
      for (int64_t i = at; i < at + pixels_; ++i) {
        dx[i] = dy[i] * (x[i] > 0 ? 1 : a);
      }
    });
  }

 private:
  // Calls body(offset, slope) for each channel of each image.
  template <typename Body>
  void ForEachPlane(Body body) {
    const float* a = params()[0].blob.data.data();
    ParallelFor(images_ * channels_, pixels_, [&](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        body(p * pixels_, a[shared() ? 0 : p % channels_]);
      }
    });
  }

  // da = sum of dy * x over the elements with x <= 0.
  void SumSlopeDiff(const float* x, const float* dy) {
    std::vector<double> sums(channels_);
    const double cost = double(images_) * pixels_;
    ParallelFor(channels_, cost, [&](int64_t begin, int64_t end) {
      for (int64_t c = begin; c < end; ++c) {
        for (int64_t n = 0; n < images_; ++n) {
          const int64_t at = (n * channels_ + c) * pixels_;
          float sum = 0;
#pragma omp simd reduction(+ : sum)
          for (int64_t i = at; i < at + pixels_; ++i) {
            sum += x[i] > 0 ? 0 : dy[i] * x[i];
          }
          sums[c] += sum;
        }
      }
    });
    Tensor& diff = params()[0].blob.diff;
    if (!params()[0].accumulate) diff.Zero();
    float* da = diff.data();
    for (int c = 0; c < channels_; ++c) da[shared() ? 0 : c] += sums[c];
  }
};

const RegisterLayer<PreluCpu> kPreluCpu("PReLU", Device::kCpu);

}  // namespace
}  // namespace doppio
