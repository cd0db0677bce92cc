#include "layers/hinge_loss.h"

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
    const double sum =
        Sum(bottoms[0]->data.count(), 2,
            [=, f = hinge()](int64_t i) { return f.Value(s[i], Sign(i)); });
    tops[0]->data.data()[0] = sum / view_.outer;
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / view_.outer;
    const float* s = bottoms[0]->data.data();
    float* dx = bottoms[0]->diff.data();
    const int64_t count = bottoms[0]->data.count();
    ParallelFor(count, 2, [=, f = hinge()](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dx[i] = weight * f.Slope(s[i], Sign(i));
      }
    });
  }

 private:
  // t of score i.
  float Sign(int64_t i) const {
    return labels_[i / view_.extent] == i % view_.extent ? 1 : -1;
  }

  std::vector<int> labels_;  // of the last Forward
};

const RegisterLayer<HingeLossCpu> kHingeLossCpu("HingeLoss", Device::kCpu);

}  // namespace
}  // namespace doppio
