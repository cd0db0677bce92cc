#include "doppio/layer_registry.h"
#include "layers/hinge_loss.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// What an element's score is compared with.
struct Signs {
  CudaLabels labels;
  int classes;
  constexpr float of(int64_t i) const {
    return labels[i / classes] == i % classes ? 1 : -1;
  }
};

void Loss(const AxisView& view, Hinge hinge, const Signs& signs, CudaSums* sums,
          const float* s, float* loss) {
  (*sums)(
      1, view.outer * view.extent,
      [=] __device__(int64_t, int64_t i) {
        return hinge.Value(s[i], signs.of(i));
      },
      [=, images = view.outer] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / images);
      });
}

void Gradient(const AxisView& view, Hinge hinge, const Signs& signs,
              const float* loss_diff, const float* s, float* dx) {
  const float images = static_cast<float>(view.outer);
  ForEach(Stream(), view.outer * view.extent, [=] __device__(int64_t i) {
    dx[i] = *loss_diff / images * hinge.Slope(s[i], signs.of(i));
  });
}

class HingeLossCuda final : public HingeLoss {
 public:
  using HingeLoss::HingeLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const CudaLabels labels =
        check_.Labels(context(), view_, bottoms[1]->data, {});
    Loss(view_, hinge(), {labels, view_.extent}, &sums_,
         bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const CudaLabels labels = ReadAgain(bottoms[1]->data, view_.extent, {});
    Gradient(view_, hinge(), {labels, view_.extent}, tops[0]->diff.data(),
             bottoms[0]->data.data(), bottoms[0]->diff.data());
  }

 private:
  CudaSums sums_;
  CudaLabelCheck check_;
};

const RegisterLayer<HingeLossCuda> kHingeLossCuda("HingeLoss", Device::kCuda);

}  // namespace
}  // namespace doppio
