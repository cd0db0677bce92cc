#include "layers/lrn.h"

#include <cmath>
#include <memory>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/channels.h"
#include "layers/shared/simd_math.h"
#include "layers/shared/storage.h"

namespace doppio {

Lrn::Lrn(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const LRNParameter& p = param.lrn_param();
  Require(p.local_size() % 2 == 1, "local_size is ", p.local_size(),
          ", but must be odd, for a neighbourhood with a centre");
  across_channels_ = p.norm_region() == LRNParameter::ACROSS_CHANNELS;
  reach_ = p.local_size() / 2;
  const float n = static_cast<float>(p.local_size());
  alpha_ = p.alpha();
  if (!p.alpha_undivided()) alpha_ /= across_channels_ ? n : n * n;
  beta_ = p.beta();
  k_ = across_channels_ ? p.k() : 1;
}

LayerTraits Lrn::traits() const {
  LayerTraits traits;
  traits.in_place = true;
  traits.backward_reads_tops = false;
  traits.diff_in_place = true;
  traits.bf16 = true;
  return traits;
}

Shapes Lrn::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  shape_ = x;
  return {x};
}

namespace {

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

// Whether all values are in [low, high], both positive. As integers, positive
// floats are in the order of the numbers, and all others are larger.
bool AllWithin(float low, float high, const float* values, int64_t count) {
  const auto low_bits = __builtin_bit_cast(uint32_t, low);
  const auto high_bits = __builtin_bit_cast(uint32_t, high);
  uint32_t farthest = 0;
#pragma omp simd reduction(max : farthest)
  for (int64_t i = 0; i < count; ++i) {
    const auto bits = __builtin_bit_cast(uint32_t, values[i]);
    farthest = std::max(farthest, bits - low_bits);
  }
  return farthest <= high_bits - low_bits;
}

// s^-beta, and from that s^(-beta - 1). The usual beta is 3/4.
struct UsualPower {
  float operator()(float s) const { return simd::PowerOfMinusThreeQuarters(s); }
  float Next(float s, float p) const {
    const float p2 = p * p;
    return p * (p2 * s) * (p2 * s);
  }
};
struct NormalPower {
  float operator()(float s) const { return simd::PowerOfNormal(s, -beta); }
  float Next(float s, float p) const { return p / s; }
  float beta;
};
struct LibraryPower {
  float operator()(float s) const { return std::pow(s, -beta); }
  float Next(float s, float p) const { return p / s; }
  float beta;
};

// Takes the tensor apart into patches that hold whole neighbourhoods.
class Patches {
 public:
  virtual ~Patches() = default;
  virtual int64_t count() const = 0;
  virtual int64_t size() const = 0;  // at most
  // The zeros before its first element and after its last.
  virtual int64_t margin() const { return 0; }
  // Copies patch i between the tensor's storage and an array; Load gives its
  // size, margins included.
  virtual int64_t Load(int64_t i, const Tensor& tensor, float* patch) const = 0;
  virtual void Store(int64_t i, const float* patch, Tensor* tensor) const = 0;
  // Fills all margins of a patch with zeros.
  virtual void ClearMargins(float*, int64_t) const {}
  // Whether an element's neighbourhood is itself and two on either side, as
  // they lie in the patch.
  virtual bool five() const { return false; }
  // Sums over the neighbourhood of each element of a patch.
  virtual void Sum(const float* in, int64_t size, float* scratch,
                   float* out) const = 0;
};

// A patch has all channels of some pixels, pixel by pixel. Before, between and
// after them lie margins, which Load leaves at zero, so that sums may run past
// the edges and one loop does the whole patch.
class PatchesAcrossChannels final : public Patches {
 public:
  PatchesAcrossChannels(const ChannelView& view, int64_t reach)
      : view_(view),
        reach_(std::min(reach, view.padded_channels() - 1)),
        margin_(reach_),
        stride_(view.padded_channels() + margin_) {
    // As measured for 96 and 256 channels; few channels make it more pixels.
    constexpr int64_t kPixels = 8, kFloats = 512;
    pixels_ = std::min(std::max(kPixels, kFloats / stride_), view.inner);
    per_image_ = (view.inner + pixels_ - 1) / pixels_;
  }

  int64_t count() const override { return view_.number * per_image_; }
  int64_t size() const override { return margin_ + pixels_ * stride_; }
  int64_t margin() const override { return margin_; }
  bool five() const override { return reach_ == 2; }

  int64_t Load(int64_t i, const Tensor& tensor, float* patch) const override {
    WithElementsOf(tensor, [&](auto element) {
      const auto* storage = Stored<decltype(element)>(tensor);
      Visit(i, [=](auto lanes, int64_t in_storage, int64_t in_patch) {
        if (lanes > 1) {
          __builtin_prefetch(storage + in_storage + pixels_ * lanes);
        }
#pragma omp simd
        for (int l = 0; l < lanes; ++l) {
          patch[in_patch + l] = storage[in_storage + l];
        }
      });
    });
    return margin_ + PixelsOf(i) * stride_;
  }

  void Store(int64_t i, const float* patch, Tensor* tensor) const override {
    WithElementsOf(*tensor, [&](auto element) {
      auto* storage = Stored<decltype(element)>(tensor);
      Visit(i, [=](auto lanes, int64_t in_storage, int64_t in_patch) {
        if (lanes > 1) {
          __builtin_prefetch(storage + in_storage + pixels_ * lanes, 1);
        }
#pragma omp simd
        for (int l = 0; l < lanes; ++l) {
          storage[in_storage + l] = patch[in_patch + l];
        }
      });
    });
  }

  void ClearMargins(float* patch, int64_t size) const override {
    for (int64_t p = 0; p < size; p += stride_) {
      std::fill_n(patch + p, margin_, 0.f);
    }
  }

  void Sum(const float* in, int64_t size, float*, float* out) const override {
    std::copy_n(in, size, out);
    for (int64_t j = 1; j <= reach_; ++j) {
#pragma omp simd
      for (int64_t i = margin_; i < size - margin_; ++i) {
        out[i] += in[i - j] + in[i + j];
      }
    }
  }

 private:
  int64_t FirstOf(int64_t i) const { return i % per_image_ * pixels_; }
  int64_t PixelsOf(int64_t i) const {
    return std::min(pixels_, view_.inner - FirstOf(i));
  }

  // Calls body for each element of patch i with its two places.
  template <typename Body>
  void Visit(int64_t i, Body body) const {
    const int64_t first = FirstOf(i);
    const int64_t pixels = PixelsOf(i);
    WithLanes(view_.lanes, [&](auto lanes) {
      for (int64_t b = 0; b < view_.blocks(); ++b) {
        const int64_t chunk = i / per_image_ * view_.blocks() + b;
        const int64_t begin = (chunk * view_.inner + first) * lanes;
        const int64_t channel = margin_ + b * lanes;
        for (int64_t p = 0; p < pixels; ++p) {
          body(lanes, begin + p * lanes, channel + p * stride_);
        }
      }
    });
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

  int64_t Load(int64_t i, const Tensor& tensor, float* patch) const override {
    WithElementsOf(tensor, [&](auto element) {
      const auto* storage = Stored<decltype(element)>(tensor);
      std::copy_n(storage + i * size(), size(), patch);
    });
    return size();
  }

  void Store(int64_t i, const float* patch, Tensor* tensor) const override {
    WithElementsOf(*tensor, [&](auto element) {
      auto* storage = Stored<decltype(element)>(tensor);
      std::copy_n(patch, size(), storage + i * size());
    });
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
  explicit Workspace(int64_t size) : memory(7 * size), size(size) {}
  float* array(int i) { return memory.data() + i * size; }
  std::vector<float> memory;
  int64_t size;
};

class LrnCpu final : public Lrn {
 public:
  using Lrn::Lrn;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(1), Layouts(1)};
    const ChannelView view = ViewChannels(shape_, bottoms[0]);
    if (view.lanes > 1) plan = {bottoms, bottoms};
    if (across_channels_) {
      patches_ = std::make_unique<PatchesAcrossChannels>(view, reach_);
    } else {
      patches_ =
          std::make_unique<PatchesWithinChannel>(view, shape_[3], reach_);
    }
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
    const Tensor& x = bottoms[0]->data;
    Tensor* y = &tops[0]->data;
    ForEachPatch([=, &x](int64_t i, Workspace* work) {
      float *values = work->array(0), *s = work->array(1);
      const Range range = Within(patches_->Load(i, x, values));
      Measure(range, values, work, s);
      WithPower(range, work, s, [=](auto power) {
#pragma omp simd
        for (int64_t j = range.begin; j < range.end; ++j) {
          values[j] *= power(s[j]);
        }
      });
      patches_->Store(i, values, y);
    });
  }

  // dx = dy s^-beta - 2 alpha beta x * sum over the neighbourhood of
  //      dy x s^(-beta - 1)
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const Tensor& x = kept_.Of(bottoms[0]->data, tops[0]->data);
    const Tensor& dy = tops[0]->diff;
    Tensor* dx = &bottoms[0]->diff;
    const float factor = 2 * alpha_ * beta_;
    ForEachPatch([=, &x, &dy](int64_t i, Workspace* work) {
      float *values = work->array(0), *s = work->array(1),
            *gradient = work->array(2), *ratios = work->array(3);
      const Range range = Within(patches_->Load(i, x, values));
      patches_->Load(i, dy, gradient);
      Measure(range, values, work, s);
      WithPower(range, work, s, [=](auto power) {
#pragma omp simd
        for (int64_t j = range.begin; j < range.end; ++j) {
          const float p = power(s[j]);
          ratios[j] = gradient[j] * values[j] * power.Next(s[j], p);
          gradient[j] *= p;
        }
      });
      ForEachSum(
          range, work, [=](int64_t j) { return ratios[j]; },
          [=](int64_t j, float sum) {
            s[j] = gradient[j] - factor * values[j] * sum;
          });
      patches_->Store(i, s, dx);
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

  // The elements of a patch, between its outer margins.
  struct Range {
    int64_t begin, end;
    int64_t size() const { return begin + end; }  // with the margins
  };
  Range Within(int64_t size) const {
    return {patches_->margin(), size - patches_->margin()};
  }

  // Calls use(j, sum) with the sum of term over j's neighbourhood.
  template <typename Term, typename Use>
  void ForEachSum(Range range, Workspace* work, Term term, Use use) const {
    if (patches_->five()) {  // the usual local_size, in one go
#pragma omp simd
      for (int64_t j = range.begin; j < range.end; ++j) {
        use(j, term(j - 2) + term(j - 1) + term(j) + term(j + 1) + term(j + 2));
      }
      return;
    }
    float *terms = work->array(4), *sums = work->array(5);
#pragma omp simd
    for (int64_t j = 0; j < range.size(); ++j) terms[j] = term(j);
    patches_->Sum(terms, range.size(), work->array(6), sums);
#pragma omp simd
    for (int64_t j = range.begin; j < range.end; ++j) use(j, sums[j]);
  }

  // s of a patch.
  void Measure(Range range, const float* x, Workspace* work, float* s) const {
    ForEachSum(
        range, work, [=](int64_t j) { return x[j] * x[j]; },
        [=, k = k_, alpha = alpha_](int64_t j, float sum) {
          s[j] = k + alpha * sum;
        });
  }

  // Calls body with the fastest of the powers that can do all of s.
  template <typename Body>
  void WithPower(Range range, Workspace* work, const float* s,
                 Body body) const {
    if (!AllWithin(1 / bound_, bound_, s + range.begin,
                   range.end - range.begin)) {
      body(LibraryPower{beta_});
      // They may be NaNs now; finite powers leave them at zero.
      for (const int a : {0, 2, 3}) {
        patches_->ClearMargins(work->array(a), range.size());
      }
    } else if (beta_ == 0.75f) {
      body(UsualPower());
    } else {
      body(NormalPower{beta_});
    }
  }

  // Below it and above its inverse, s and what the powers make of it are normal
  // floats.
  const float bound_ =
      std::exp2(beta_ == 0.75f ? 41 : 125 / std::max(1.f, std::abs(beta_)));
  std::unique_ptr<Patches> patches_;
  KeptBottom kept_;
};

const RegisterLayer<LrnCpu> kLrnCpu("LRN", Device::kCpu);

}  // namespace
}  // namespace doppio
