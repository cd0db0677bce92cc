#include "doppio/layer_registry.h"
#include "layers/axpy.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// y = a * x, plus b unless it is null.
void Apply(int64_t planes, int64_t pixels, const float* a, const float* x,
           const float* b, float* y) {
  ForEach(Stream(), planes * pixels, [=] __device__(int64_t i) {
    const float product = a[i / pixels] * x[i];
    y[i] = b == nullptr ? product : product + b[i];
  });
}

void SumProducts(int64_t planes, int64_t pixels, CudaSums* sums, const float* x,
                 const float* dy, float* da) {
  (*sums)(
      planes, pixels,
      [=] __device__(int64_t plane, int64_t i) {
        const int64_t at = plane * pixels + i;
        return double{dy[at]} * x[at];
      },
      StoreSum{da, false});
}

class AxpyCuda final : public Axpy {
 public:
  using Axpy::Axpy;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Apply(planes_, pixels_, bottoms[0]->data.data(), bottoms[1]->data.data(),
          bottoms[2]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = tops[0]->diff.data();
    if (propagate_down(0)) {
      SumProducts(planes_, pixels_, &sums_, bottoms[1]->data.data(), dy,
                  bottoms[0]->diff.data());
    }
    if (propagate_down(1)) {
      Apply(planes_, pixels_, bottoms[0]->data.data(), dy, nullptr,
            bottoms[1]->diff.data());
    }
    if (propagate_down(2)) bottoms[2]->diff.CopyFrom(tops[0]->diff);
  }

 private:
  CudaSums sums_;
};

const RegisterLayer<AxpyCuda> kAxpyCuda("Axpy", Device::kCuda);

}  // namespace
}  // namespace doppio
