#include "layers/sigmoid_cross_entropy_loss.h"

#include <algorithm>
#include <cmath>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/simd_math.h"
#include "layers/shared/sum.h"

namespace doppio {

SigmoidCrossEntropyLoss::SigmoidCrossEntropyLoss(const LayerParameter& param,
                                                 const Context& context)
    : Layer(param, context),
      normalization_(
          NormalizationOf(param.loss_param(), LossParameter::BATCH_SIZE)) {
  if (param.loss_param().has_ignore_label()) {
    ignored_ = param.loss_param().ignore_label();
  }
}

LayerTraits SigmoidCrossEntropyLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_tops = false;
  return t;
}

Shapes SigmoidCrossEntropyLoss::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 1 && x.count() == bottoms[1].count(), "its bottoms are ",
          x, " and ", bottoms[1], "; they need equally many elements");
  view_.outer = x[0];
  view_.inner = x.count(1);
  return {Shape{}};
}

namespace {

class SigmoidCrossEntropyLossCpu final : public SigmoidCrossEntropyLoss {
 public:
  using SigmoidCrossEntropyLoss::SigmoidCrossEntropyLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    const float* t = bottoms[1]->data.data();
    const int64_t count = view_.positions();
    const double loss = Sum(count, 2, [=](int64_t i) {
      return Ignores(t[i]) ? 0 : simd::Softplus(x[i]) - x[i] * t[i];
    });
    const int64_t ignored =
        std::count_if(t, t + count, [this](float v) { return Ignores(v); });
    divisor_ = Normalizer(normalization_, view_, count - ignored);
    tops[0]->data.data()[0] = loss / divisor_;
  }

  // d loss / d score = p - t.
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / divisor_;
    const float* x = bottoms[0]->data.data();
    const float* t = bottoms[1]->data.data();
    float* dx = bottoms[0]->diff.data();
    ParallelFor(view_.positions(), 2, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        dx[i] = Ignores(t[i]) ? 0 : weight * (simd::Sigmoid(x[i]) - t[i]);
      }
    });
  }

 private:
  float divisor_ = 1;  // of the last Forward
};

const RegisterLayer<SigmoidCrossEntropyLossCpu> kSigmoidCrossEntropyLossCpu(
    "SigmoidCrossEntropyLoss", Device::kCpu);

}  // namespace
}  // namespace doppio
