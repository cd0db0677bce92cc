#include "layers/lrn.h"

#include <cmath>
#include <memory>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/lrn_patches.h"
#include "layers/shared/simd_math.h"

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
    patches_ = across_channels_ ? PatchesAcrossChannels(view, reach_)
                                : PatchesWithinChannel(view, shape_[3], reach_);
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
  std::unique_ptr<LrnPatches> patches_;
  KeptBottom kept_;
};

const RegisterLayer<LrnCpu> kLrnCpu("LRN", Device::kCpu);

}  // namespace
}  // namespace doppio
