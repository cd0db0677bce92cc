#include "layers/hinge_loss.h"

#include <algorithm>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits HingeLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_tops = false;
  return t;
}

Shapes HingeLoss::Reshape(const Shapes& bottoms) {
  view_ = ViewClassesOfImages(bottoms[0]);
  CheckLabels(view_, bottoms[0], bottoms[1]);
  return {Shape{}};
}

namespace {

class HingeLossCpu final : public HingeLoss {
 public:
  using HingeLoss::HingeLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    labels_ = ReadLabels(view_, bottoms[1]->data, {});
    const float* s = bottoms[0]->data.data();
    const double sum = Sum(bottoms[0]->data.count(), 2, [=](int64_t i) {
      const float gap = Gap(s[i], Sign(i));
      return squares() ? gap * gap : gap;
    });
    tops[0]->data.data()[0] = sum / view_.outer;
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / view_.outer;
    const float* s = bottoms[0]->data.data();
    float* dx = bottoms[0]->diff.data();
    const int64_t count = bottoms[0]->data.count();
    ParallelFor(count, 2, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const float gap = Gap(s[i], Sign(i));
        const float slope = squares() ? 2 * gap : (gap > 0 ? 1 : 0);
        dx[i] = -weight * Sign(i) * slope;
      }
    });
  }

 private:
  static float Gap(float score, float sign) {
    return std::max(0.f, 1 - sign * score);
  }

  // t of score i.
  float Sign(int64_t i) const {
    return labels_[i / view_.extent] == i % view_.extent ? 1 : -1;
  }

  std::vector<int> labels_;  // of the last Forward
};

const RegisterLayer<HingeLossCpu> kHingeLossCpu("HingeLoss", Device::kCpu);

}  // namespace
}  // namespace doppio
