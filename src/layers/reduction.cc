#include "layers/reduction.h"

#include <cmath>

#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits Reduction::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = operation() == ReductionParameter::ASUM ||
                             operation() == ReductionParameter::SUMSQ;
  t.backward_reads_tops = false;
  return t;
}

Shapes Reduction::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  const int axis = x.Axis(param_.reduction_param().axis());
  rows_ = x.count(0, axis);
  length_ = x.count(axis);
  factor_ = param_.reduction_param().coeff();
  if (operation() == ReductionParameter::MEAN) factor_ /= length_;
  const std::vector<int>& extents = x.extents();
  return {Shape({extents.begin(), extents.begin() + axis})};
}

namespace {

class ReductionCpu final : public Reduction {
 public:
  using Reduction::Reduction;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ParallelFor(rows_, 0.5 * length_, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        y[r] = factor_ * SumOfRow(x + r * length_);
      }
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* x = bottoms[0]->data.data();
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    ParallelFor(rows_, 0.5 * length_, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        GradientOfRow(factor_ * dy[r], x + r * length_, dx + r * length_);
      }
    });
  }

 private:
  double SumOfRow(const float* x) const {
    switch (operation()) {
      case ReductionParameter::ASUM:
        return SumOfRange(0, length_,
                          [x](int64_t i) { return std::abs(x[i]); });
      case ReductionParameter::SUMSQ:
        return SumOfRange(0, length_, [x](int64_t i) { return x[i] * x[i]; });
      default:
        return SumOfRange(0, length_, [x](int64_t i) { return x[i]; });
    }
  }

  // For a row whose sum has the gradient g.
  void GradientOfRow(float g, const float* x, float* dx) const {
    for (int64_t i = 0; i < length_; ++i) {
      switch (operation()) {
        case ReductionParameter::ASUM:
          dx[i] = x[i] > 0 ? g : x[i] < 0 ? -g : 0;
          break;
        case ReductionParameter::SUMSQ:
          dx[i] = 2 * g * x[i];
          break;
        default:
          dx[i] = g;
      }
    }
  }
};

const RegisterLayer<ReductionCpu> kReductionCpu("Reduction", Device::kCpu);

}  // namespace
}  // namespace doppio
