#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/shared/labels.cuh"
#include "layers/upsample.h"

namespace doppio {
namespace {

// A thread for each plane, as of several values for one pixel the last stays.
void Place(int64_t planes, int64_t inputs, int64_t outputs, const float* mask,
           const float* x, float* y) {
  ForEach(Stream(), planes, [=] __device__(int64_t plane) {
    for (int64_t i = plane * inputs; i < (plane + 1) * inputs; ++i) {
      y[plane * outputs + static_cast<int64_t>(mask[i])] = x[i];
    }
  });
}

void Gradient(int64_t planes, int64_t inputs, int64_t outputs,
              const float* mask, const float* dy, float* dx) {
  ForEach(Stream(), planes * inputs, [=] __device__(int64_t i) {
    dx[i] = dy[i / inputs * outputs + static_cast<int64_t>(mask[i])];
  });
}

class UpsampleCuda final : public Upsample {
 public:
  using Upsample::Upsample;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& mask = bottoms[1]->data;
    // CheckMask says which value is none.
    if (!check_.AllAreClasses(mask.count(), outputs_, ReadAgain(mask, {}))) {
      CheckMask(mask.ToVector().data());
    }
    tops[0]->data.Zero();
    Place(planes_, inputs_, outputs_, mask.data(), bottoms[0]->data.data(),
          tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(planes_, inputs_, outputs_, bottoms[1]->data.data(),
             tops[0]->diff.data(), bottoms[0]->diff.data());
  }

 private:
  CudaLabelCheck check_;
};

const RegisterLayer<UpsampleCuda> kUpsampleCuda("Upsample", Device::kCuda);

}  // namespace
}  // namespace doppio
