#include "doppio/layer_registry.h"
#include "layers/shared/simd_math.h"
#include "layers/shared/sums.cuh"
#include "layers/sigmoid_cross_entropy_loss.h"

namespace doppio {
namespace {

// The targets that don't count.
struct Ignored {
  bool any;
  int target;
  constexpr bool operator()(float t) const {
    return any && static_cast<int>(t) == target;
  }
};

// The loss, and what it was divided by.
void Loss(const AxisView& view, LossParameter::NormalizationMode mode,
          Ignored ignored, CudaSums* sums, const float* x, const float* t,
          float* loss, float* divisor) {
  (*sums)(
      1, view.positions(),
      [=] __device__(int64_t, int64_t i) { return ignored(t[i]) ? 0 : 1; },
      [=] __device__(int64_t, double counted) {
        *divisor = Normalizer(mode, view, static_cast<int64_t>(counted));
      });
  (*sums)(
      1, view.positions(),
      [=] __device__(int64_t, int64_t i) {
        return ignored(t[i]) ? 0 : simd::Softplus(x[i]) - x[i] * t[i];
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / *divisor);
      });
}

// d loss / d score = p - t.
void Gradient(const AxisView& view, Ignored ignored, const float* loss_diff,
              const float* divisor, const float* x, const float* t, float* dx) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t i) {
    const float weight = *loss_diff / *divisor;
    dx[i] = ignored(t[i]) ? 0 : weight * (simd::Sigmoid(x[i]) - t[i]);
  });
}

class SigmoidCrossEntropyLossCuda final : public SigmoidCrossEntropyLoss {
 public:
  using SigmoidCrossEntropyLoss::SigmoidCrossEntropyLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (divisor_.empty()) divisor_ = Tensor(Shape{}, Device::kCuda);
    Loss(view_, normalization_, ignored(), &sums_, bottoms[0]->data.data(),
         bottoms[1]->data.data(), tops[0]->data.data(), divisor_.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(view_, ignored(), tops[0]->diff.data(), divisor_.data(),
             bottoms[0]->data.data(), bottoms[1]->data.data(),
             bottoms[0]->diff.data());
  }

 private:
  Ignored ignored() const {
    return {ignored_.has_value(), ignored_.value_or(0)};
  }

  Tensor divisor_;  // of the last Forward
  CudaSums sums_;
};

const RegisterLayer<SigmoidCrossEntropyLossCuda> kSigmoidCrossEntropyLossCuda(
    "SigmoidCrossEntropyLoss", Device::kCuda);

}  // namespace
}  // namespace doppio
