#include "layers/euclidean_loss.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits EuclideanLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_tops = false;
  return t;
}

Shapes EuclideanLoss::Reshape(const Shapes& bottoms) {
  const Shape& a = bottoms[0];
  const Shape& b = bottoms[1];
  Require(
      a.axes() >= 1 && b.axes() >= 1 && a[0] == b[0] && a.count() == b.count(),
      "its bottoms are ", a, " and ", b,
      "; they need equally many images of equally many elements");
  count_ = a.count();
  images_ = a[0];
  return {Shape{}};
}

namespace {

class EuclideanLossCpu final : public EuclideanLoss {
 public:
  using EuclideanLoss::EuclideanLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* a = bottoms[0]->data.data();
    const float* b = bottoms[1]->data.data();
    const double sum = Sum(count_, 0.5, [=](int64_t i) {
      const float difference = a[i] - b[i];
      return difference * difference;
    });
    tops[0]->data.data()[0] = sum / images_ / 2;
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* a = bottoms[0]->data.data();
    const float* b = bottoms[1]->data.data();
    const float weight = tops[0]->diff.data()[0] / images_;
    for (int k = 0; k < 2; ++k) {
      if (!propagate_down(k)) continue;
      const float factor = k == 0 ? weight : -weight;
      float* dx = bottoms[k]->diff.data();
      ParallelFor(count_, 0.5, [=](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) dx[i] = factor * (a[i] - b[i]);
      });
    }
  }
};

const RegisterLayer<EuclideanLossCpu> kEuclideanLossCpu("EuclideanLoss",
                                                        Device::kCpu);

}  // namespace
}  // namespace doppio
