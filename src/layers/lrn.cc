#include "layers/lrn.h"

#include <cfloat>
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

// 2^x for |x| < 126, to 1e-7: 2^x = 2^n * e^(r ln 2) with n whole, |r| <= 1/2,
// and the exponential as a Taylor series.
inline float Exp2(float x) {
  constexpr float kRound = 0x1.8p23f;  // adding it leaves no fraction bits
  const float n = (x + kRound) - kRound;
  const float t = (x - n) * 0.69314718f;
  float e = 1.f / 5040;
  e = e * t + 1.f / 720;
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

// log2 of a normal x > 0, to 1e-7: x = 2^n * m with m in [sqrt 1/2, sqrt 2),
// and ln m = 2 artanh((m - 1) / (m + 1)) as a power series.
inline float Log2(float x) {
  constexpr int32_t kSqrtHalf = 0x3f3504f3;  // bits of sqrt(1/2)
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

// out = s^-beta. As exp2 and log2 it runs in vectors; the library's pow, which
// does not, is for what they cannot do.
void NegativePower(const float* s, int64_t count, float beta, float* out) {
  int outside = 0;
#pragma omp simd reduction(| : outside)
  for (int64_t i = 0; i < count; ++i) {
    const bool normal = s[i] >= FLT_MIN && s[i] <= FLT_MAX;
    const float exponent = -beta * Log2(s[i]);
    const bool inside = exponent > -126 && exponent < 126;
    outside |= normal && inside ? 0 : 1;
    out[i] = Exp2(inside ? exponent : 0);
  }
  if (!outside) return;
  for (int64_t i = 0; i < count; ++i) out[i] = std::pow(s[i], -beta);
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
  virtual void Sum(const float* in, int64_t size, float* scratch,
                   float* out) const = 0;
};

// A patch has all channels of some pixels, pixel by pixel.
class PatchesAcrossChannels final : public Patches {
 public:
  PatchesAcrossChannels(const ChannelView& view, int64_t reach)
      : view_(view), reach_(reach), row_(view.padded_channels()) {
    constexpr int64_t kCached = 2048;  // floats; Backward has five such arrays
    pixels_ = std::clamp<int64_t>(kCached / row_, 1, view.inner);
    per_image_ = (view.inner + pixels_ - 1) / pixels_;
  }

  int64_t count() const override { return view_.number * per_image_; }
  int64_t size() const override { return pixels_ * row_; }

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

  void Sum(const float* in, int64_t size, float*, float* out) const override {
    for (int64_t p = 0; p < size; p += row_) {
      SumNeighbours(in + p, row_, 1, reach_, out + p);
    }
  }

 private:
  template <typename Body>
  int64_t Visit(int64_t i, Body body) const {
    const int64_t first = i % per_image_ * pixels_;
    const int64_t pixels = std::min(pixels_, view_.inner - first);
    WithLanes(view_.lanes, [&](auto lanes) {
      for (int64_t b = 0; b < view_.blocks(); ++b) {
        const int64_t chunk = i / per_image_ * view_.blocks() + b;
        const int64_t begin = (chunk * view_.inner + first) * lanes;
        for (int64_t p = 0; p < pixels; ++p) {
#pragma omp simd
          for (int l = 0; l < lanes; ++l) {
            body(begin + p * lanes + l, p * row_ + b * lanes + l);
          }
        }
      }
    });
    return pixels * row_;
  }

  const ChannelView view_;
  const int64_t reach_;
  const int64_t row_;  // channels, with their padding
  int64_t pixels_;     // in a patch
  int64_t per_image_;  // patches
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

  void Sum(const float* in, int64_t size, float* scratch,
           float* out) const override {
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
  explicit Workspace(int64_t size) : memory(6 * size), size(size) {}
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
      float *patch = work->array(0), *sums = work->array(1),
            *power = work->array(2);
      const int64_t size = patches_->Load(i, x, patch);
      Measure(patch, size, work, sums, power);
      for (int64_t j = 0; j < size; ++j) patch[j] *= power[j];
      patches_->Store(i, patch, y);
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
      float *patch = work->array(0), *sums = work->array(1),
            *power = work->array(2), *gradient = work->array(3),
            *ratios = work->array(4);
      const int64_t size = patches_->Load(i, x, patch);
      patches_->Load(i, dy, gradient);
      Measure(patch, size, work, sums, power);
      for (int64_t j = 0; j < size; ++j) {
        gradient[j] *= power[j];
        ratios[j] = gradient[j] * patch[j] / sums[j];
      }
      patches_->Sum(ratios, size, work->array(5), sums);
      for (int64_t j = 0; j < size; ++j) {
        gradient[j] -= factor * patch[j] * sums[j];
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

  // s and s^-beta of a patch.
  void Measure(const float* x, int64_t size, Workspace* work, float* s,
               float* power) const {
    for (int64_t j = 0; j < size; ++j) power[j] = x[j] * x[j];
    patches_->Sum(power, size, work->array(5), s);
    for (int64_t j = 0; j < size; ++j) s[j] = k_ + alpha_ * s[j];
    NegativePower(s, size, beta_, power);
  }

  std::unique_ptr<Patches> patches_;
  KeptBottom kept_;
};

const RegisterLayer<LrnCpu> kLrnCpu("LRN", Device::kCpu);

}  // namespace
}  // namespace doppio
