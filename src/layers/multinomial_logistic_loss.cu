#include "doppio/layer_registry.h"
#include "layers/multinomial_logistic_loss.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// A probability, kept from 0.
constexpr float Kept(float p) {
  return p < kSmallestProbability ? kSmallestProbability : p;
}

void Loss(const AxisView& view, const CudaLabels& labels, CudaSums* sums,
          const float* p, float* loss) {
  (*sums)(
      1, view.outer,
      [=] __device__(int64_t, int64_t n) {
        return -logf(Kept(p[n * view.extent + labels[n]]));
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / view.outer);
      });
}

void Gradient(const AxisView& view, const CudaLabels& labels,
              const float* loss_diff, const float* p, float* dx) {
  ForEach(Stream(), view.outer * view.extent, [=] __device__(int64_t i) {
    const bool is_label = labels[i / view.extent] == i % view.extent;
    dx[i] = is_label ? -(*loss_diff / view.outer) / Kept(p[i]) : 0;
  });
}

class MultinomialLogisticLossCuda final : public MultinomialLogisticLoss {
 public:
  using MultinomialLogisticLoss::MultinomialLogisticLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Loss(view_, check_.Labels(context(), view_, bottoms[1]->data, {}), &sums_,
         bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(view_, ReadAgain(bottoms[1]->data, view_.extent, {}),
             tops[0]->diff.data(), bottoms[0]->data.data(),
             bottoms[0]->diff.data());
  }

 private:
  CudaSums sums_;
  CudaLabelCheck check_;
};

const RegisterLayer<MultinomialLogisticLossCuda> kMultinomialLogisticLossCuda(
    "MultinomialLogisticLoss", Device::kCuda);

}  // namespace
}  // namespace doppio
