#include "layers/multinomial_logistic_loss.h"

#include <algorithm>
#include <cmath>

#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits MultinomialLogisticLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_tops = false;
  return t;
}

Shapes MultinomialLogisticLoss::Reshape(const Shapes& bottoms) {
  view_ = ViewClassesOfImages(bottoms[0]);
  CheckLabels(view_, bottoms[0], bottoms[1]);
  return {Shape{}};
}

namespace {

class MultinomialLogisticLossCpu final : public MultinomialLogisticLoss {
 public:
  using MultinomialLogisticLoss::MultinomialLogisticLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    labels_ = ReadLabels(view_, bottoms[1]->data, {});
    const float* p = bottoms[0]->data.data();
    const double loss = Sum(
        labels_.size(), 5, [=](int64_t n) { return -std::log(OfLabel(p, n)); });
    tops[0]->data.data()[0] = loss / view_.outer;
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / view_.outer;
    const float* p = bottoms[0]->data.data();
    float* dx = bottoms[0]->diff.data();
    bottoms[0]->diff.Zero();
    for (size_t n = 0; n < labels_.size(); ++n) {
      dx[n * view_.extent + labels_[n]] = -weight / OfLabel(p, n);
    }
  }

 private:
  // The label's probability, kept from 0.
  float OfLabel(const float* p, int64_t n) const {
    return std::max(p[n * view_.extent + labels_[n]], kSmallestProbability);
  }

  std::vector<int> labels_;  // of the last Forward
};

const RegisterLayer<MultinomialLogisticLossCpu> kMultinomialLogisticLossCpu(
    "MultinomialLogisticLoss", Device::kCpu);

}  // namespace
}  // namespace doppio
