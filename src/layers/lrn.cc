#include "layers/lrn.h"

#include <cmath>
#include <cstring>
#include <memory>

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Lrn::Lrn(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const LRNParameter& p = param.lrn_param();
  Require(p.local_size() % 2 == 1, "local_size is ", p.local_size(),
          ", but must be odd, for a neighbourhood with a centre");
  across_channels_ = p.norm_region() == LRNParameter::ACROSS_CHANNELS;
  reach_ = p.local_size() / 2;
  const float n = static_cast<float>(p.local_size());
  alpha_ = p.alpha() / (across_channels_ ? n : n * n);
  beta_ = p.beta();
  k_ = across_channels_ ? p.k() : 1;
}

LayerTraits Lrn::traits() const {
  LayerTraits traits;
  traits.in_place = true;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes Lrn::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  view_ = ViewChannels(x, 1);
  width_ = x[3];
  return {x};
}

namespace {

// 2^x for |x| < 126, within 2e-7: 2^x = 2^n * e^(r ln 2) with n whole and
// |r| <= 1/2, and the exponential as a Taylor series.
inline float Exp2(float x) {
  constexpr float kRound = 0x1.8p23f;  // adding it leaves no fraction bits
  const float n = (x + kRound) - kRound;
  const float t = (x - n) * 0.69314718f;
  float e = 1.f / 720;
  e = e * t + 1.f / 120;
  e = e * t + 1.f / 24;
  e = e * t + 1.f / 6;
  e = e * t + 0.5f;
  e = e * t + 1;
  e = e * t + 1;
  const int32_t scale = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &scale, sizeof power);
  return e * power;
}

// log2 of a normal x > 0, within 1e-7: x = 2^n * m with m in [sqrt 1/2, sqrt 2)
// and ln m = 2 artanh((m - 1) / (m + 1)) as a power series.
inline float Log2(float x) {
  constexpr int32_t kSqrtHalf = 0x3f3504f3;  // the bits of sqrt(1/2)
  int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const int32_t n = (bits - kSqrtHalf) >> 23;
  bits -= n << 23;
  float m;
  std::memcpy(&m, &bits, sizeof m);
  const float t = (m - 1) / (m + 1);
  const float t2 = t * t;
  float series = 1.f / 9;
  series = series * t2 + 1.f / 7;
  series = series * t2 + 1.f / 5;
  series = series * t2 + 1.f / 3;
  series = series * t2 + 1;
  return static_cast<float>(n) + 2.8853901f * t * series;  // 2 / ln 2
}

// out[i] = the sum of in[i + j * step] over |j| <= reach, within [0, count).
void SumNeighbours(const float* in, int64_t count, int64_t step, int64_t reach,
                   float* out) {
  std::copy_n(in, count, out);
  for (int64_t j = 1; j <= reach && j * step < count; ++j) {
    const int64_t offset = j * step;
#pragma omp simd
    for (int64_t i = 0; i < count - offset; ++i) out[i] += in[i + offset];
#pragma omp simd
    for (int64_t i = offset; i < count; ++i) out[i] += in[i - offset];
  }
}

// Whether all values are in [low, high], where 0 < low. As integers: positive
// floats are in the order of their bits, and all others have larger ones.
bool AllWithin(float low, float high, const float* values, int64_t count) {
  uint32_t low_bits, high_bits, farthest = 0;
  std::memcpy(&low_bits, &low, sizeof low);
  std::memcpy(&high_bits, &high, sizeof high);
#pragma omp simd reduction(max : farthest)
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, &values[i], sizeof bits);
    farthest = std::max(farthest, bits - low_bits);
  }
  return farthest <= high_bits - low_bits;
}

// Takes the tensor apart into patches that hold whole neighbourhoods.
class Patches {
 public:
  virtual ~Patches() = default;
  virtual int64_t count() const = 0;
  virtual int64_t size() const = 0;  // at most
  // Copies patch i between the tensor's storage and an array; both give its
  // size.
  virtual int64_t Load(int64_t i, const float* storage, float* patch) const = 0;
  virtual int64_t Store(int64_t i, const float* patch,
                        float* storage) const = 0;
  // Sums over the neighbourhood of each element of a patch.
  virtual void Sum(float* in, int64_t size, float* scratch,
                   float* out) const = 0;
};

// A patch has all channels of some pixels, pixel by pixel. Before, between and
// after them lie margins of zeros, so that sums may run past the edges and one
// loop does the whole patch.
class PatchesAcrossChannels final : public Patches {
 public:
  PatchesAcrossChannels(const ChannelView& view, int64_t reach)
      : view_(view),
        reach_(std::min(reach, view.padded_channels() - 1)),
        margin_(reach_),
        stride_(view.padded_channels() + margin_) {
    constexpr int64_t kCached = 2048;  // floats; Backward has five arrays of it
    pixels_ = std::clamp<int64_t>(kCached / stride_, 1, view.inner);
    per_image_ = (view.inner + pixels_ - 1) / pixels_;
  }

  int64_t count() const override { return view_.number * per_image_; }
  int64_t size() const override { return margin_ + pixels_ * stride_; }

  int64_t Load(int64_t i, const float* storage, float* patch) const override {
    return Visit(i, [=](int64_t in_storage, int64_t in_patch) {
      patch[in_patch] = storage[in_storage];
    });
  }

  int64_t Store(int64_t i, const float* patch, float* storage) const override {
    return Visit(i, [=](int64_t in_storage, int64_t in_patch) {
      storage[in_storage] = patch[in_patch];
    });
  }

  void Sum(float* in, int64_t size, float*, float* out) const override {
    for (int64_t p = 0; p < size; p += stride_) {
      std::fill_n(in + p, margin_, 0.f);
    }
    if (reach_ == 2) {  // the usual local_size of 5, in one go
#pragma omp simd
      for (int64_t i = margin_; i < size - margin_; ++i) {
        out[i] = in[i - 2] + in[i - 1] + in[i] + in[i + 1] + in[i + 2];
      }
      return;
    }
    std::copy_n(in, size, out);
    for (int64_t j = 1; j <= reach_; ++j) {
#pragma omp simd
      for (int64_t i = margin_; i < size - margin_; ++i) {
        out[i] += in[i - j] + in[i + j];
      }
    }
  }

 private:
  // Calls body for each element of patch i with its two places.
  template <typename Body>
  int64_t Visit(int64_t i, Body body) const {
    const int64_t first = i % per_image_ * pixels_;
    const int64_t pixels = std::min(pixels_, view_.inner - first);
    WithLanes(view_.lanes, [&](auto lanes) {
      for (int64_t b = 0; b < view_.blocks(); ++b) {
        const int64_t chunk = i / per_image_ * view_.blocks() + b;
        const int64_t begin = (chunk * view_.inner + first) * lanes;
        const int64_t channel = margin_ + b * lanes;
        for (int64_t p = 0; p < pixels; ++p) {
#pragma omp simd
          for (int l = 0; l < lanes; ++l) {
            body(begin + p * lanes + l, channel + p * stride_ + l);
          }
        }
      }
    });
    return margin_ + pixels * stride_;
  }

  const ChannelView view_;
  const int64_t reach_;
  const int64_t margin_;
  const int64_t stride_;  // from pixel to pixel
  int64_t pixels_;        // in a patch
  int64_t per_image_;     // patches
};

// A patch is a chunk: all pixels of one block of channels.
class PatchesWithinChannel final : public Patches {
 public:
  PatchesWithinChannel(const ChannelView& view, int64_t width, int64_t reach)
      : view_(view), row_(width * view.lanes), reach_(reach) {}

  int64_t count() const override { return view_.chunks(); }
  int64_t size() const override { return view_.chunk(); }

  int64_t Load(int64_t i, const float* storage, float* patch) const override {
    std::copy_n(storage + i * size(), size(), patch);
    return size();
  }

  int64_t Store(int64_t i, const float* patch, float* storage) const override {
    std::copy_n(patch, size(), storage + i * size());
    return size();
  }

  void Sum(float* in, int64_t size, float* scratch, float* out) const override {
    for (int64_t row = 0; row < size; row += row_) {
      SumNeighbours(in + row, row_, view_.lanes, reach_, scratch + row);
    }
    SumNeighbours(scratch, size, row_, reach_, out);
  }

 private:
  const ChannelView view_;
  const int64_t row_;
  const int64_t reach_;
};

// The arrays of one thread, each as large as a patch.
struct Workspace {
  explicit Workspace(int64_t size) : memory(5 * size), size(size) {}
  float* array(int i) { return memory.data() + i * size; }
  std::vector<float> memory;
  int64_t size;
};

class LrnCpu final : public Lrn {
 public:
  using Lrn::Lrn;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(1), Layouts(1)};
    view_.lanes = std::max(1, ChannelBlock(bottoms[0]));
    if (view_.lanes > 1) plan = {bottoms, bottoms};
    if (across_channels_) {
      patches_ = std::make_unique<PatchesAcrossChannels>(view_, reach_);
    } else {
      patches_ = std::make_unique<PatchesWithinChannel>(view_, width_, reach_);
    }
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
    const auto* x = static_cast<const float*>(bottoms[0]->data.storage());
    auto* y = static_cast<float*>(tops[0]->data.storage());
    ForEachPatch([=](int64_t i, Workspace* work) {
      float *values = work->array(0), *s = work->array(1);
      const int64_t size = patches_->Load(i, x, values);
      Measure(values, size, work, s);
      WithPower(s, size, [=](auto power) {
        for (int64_t j = 0; j < size; ++j) values[j] *= power(s[j]);
      });
      patches_->Store(i, values, y);
    });
  }

  // dx = dy s^-beta - 2 alpha beta x * sum over the neighbourhood of
  //      dy x s^(-beta - 1)
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const Tensor& bottom = kept_.Of(bottoms[0]->data, tops[0]->data);
    const auto* x = static_cast<const float*>(bottom.storage());
    const auto* dy = static_cast<const float*>(tops[0]->diff.storage());
    auto* dx = static_cast<float*>(bottoms[0]->diff.storage());
    const float factor = 2 * alpha_ * beta_;
    ForEachPatch([=](int64_t i, Workspace* work) {
      float *values = work->array(0), *s = work->array(1),
            *gradient = work->array(2), *ratios = work->array(3);
      const int64_t size = patches_->Load(i, x, values);
      patches_->Load(i, dy, gradient);
      Measure(values, size, work, s);
      WithPower(s, size, [=](auto power) {
#pragma omp simd
        for (int64_t j = 0; j < size; ++j) {
          gradient[j] *= power(s[j]);
          ratios[j] = gradient[j] * values[j] / s[j];
        }
      });
      patches_->Sum(ratios, size, work->array(4), s);
#pragma omp simd
      for (int64_t j = 0; j < size; ++j) {
        gradient[j] -= factor * values[j] * s[j];
      }
      patches_->Store(i, gradient, dx);
    });
  }

 private:
  template <typename Body>
  void ForEachPatch(Body body) {
    const int64_t size = patches_->size();
    ParallelFor(patches_->count(), size * 1., [&](int64_t begin, int64_t end) {
      Workspace work(size);
      for (int64_t i = begin; i < end; ++i) body(i, &work);
    });
  }

  // s of a patch.
  void Measure(const float* x, int64_t size, Workspace* work, float* s) const {
    float* squares = work->array(3);
#pragma omp simd
    for (int64_t j = 0; j < size; ++j) squares[j] = x[j] * x[j];
    patches_->Sum(squares, size, work->array(4), s);
#pragma omp simd
    for (int64_t j = 0; j < size; ++j) s[j] = k_ + alpha_ * s[j];
  }

  // Calls body with a function that raises to the power of -beta: one that runs
  // in vectors if it can do all of s, else the C library's.
  template <typename Body>
  void WithPower(const float* s, int64_t size, Body body) const {
    const float beta = beta_;
    if (AllWithin(1 / bound_, bound_, s, size)) {
      body([beta](float value) { return Exp2(-beta * Log2(value)); });
    } else {
      body([beta](float value) { return std::pow(value, -beta); });
    }
  }

  // Below it, s^beta and s^-beta are normal floats.
  const float bound_ =
      std::exp2(std::min(125.f, 125 / std::max(std::abs(beta_), 1e-3f)));
  std::unique_ptr<Patches> patches_;
  KeptBottom kept_;
};

const RegisterLayer<LrnCpu> kLrnCpu("LRN", Device::kCpu);

}  // namespace
}  // namespace doppio
