#include "layers/mvn.h"

#include <cmath>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits Mvn::traits() const {
  LayerTraits t;
  t.in_place = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = param_.mvn_param().normalize_variance();
  return t;
}

Shapes Mvn::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 1, "needs a bottom with axes, not a scalar");
  const bool by_image = param_.mvn_param().across_channels() || x.axes() == 1;
  rows_ = x.count(0, by_image ? 1 : 2);
  length_ = x.count(by_image ? 1 : 2);
  return bottoms;
}

namespace {

class MvnCpu final : public Mvn {
 public:
  using Mvn::Mvn;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    factors_.assign(rows_, 1);
    ParallelFor(rows_, 2. * length_, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        NormalizeRow(x + r * length_, y + r * length_, &factors_[r]);
      }
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* y = tops[0]->data.data();
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    ParallelFor(rows_, 2. * length_, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const int64_t at = r * length_;
        GradientOfRow(y + at, dy + at, factors_[r], dx + at);
      }
    });
  }

 private:
  template <typename Term>
  float Mean(Term term) const {
    return SumOfRange(0, length_, term) / length_;
  }

  void NormalizeRow(const float* x, float* y, float* factor) const {
    const float mean = Mean([=](int64_t i) { return x[i]; });
    if (param_.mvn_param().normalize_variance()) {
      const float variance =
          Mean([=](int64_t i) { return (x[i] - mean) * (x[i] - mean); });
      *factor = 1 / (std::sqrt(variance) + param_.mvn_param().eps());
    }
#pragma omp simd
    for (int64_t i = 0; i < length_; ++i) y[i] = (x[i] - mean) * *factor;
  }

  // dx = factor * (dy - mean(dy) - y * mean(dy * y)); without the variance, the
  // last term is not there. As in Caffe, with eps taken to be negligible beside
  // the standard deviation.
  void GradientOfRow(const float* y, const float* dy, float factor,
                     float* dx) const {
    const float mean = Mean([=](int64_t i) { return dy[i]; });
    if (!param_.mvn_param().normalize_variance()) {
#pragma omp simd
      for (int64_t i = 0; i < length_; ++i) dx[i] = dy[i] - mean;
      return;
    }
    const float along = Mean([=](int64_t i) { return dy[i] * y[i]; });
#pragma omp simd
    for (int64_t i = 0; i < length_; ++i) {
      dx[i] = factor * (dy[i] - mean - y[i] * along);
    }
  }

  std::vector<float> factors_;  // 1 / (standard deviation + eps), by row
};

const RegisterLayer<MvnCpu> kMvnCpu("MVN", Device::kCpu);

}  // namespace
}  // namespace doppio
