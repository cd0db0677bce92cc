#include "doppio/layer_registry.h"
#include "layers/reduction.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

using Operation = ReductionParameter::ReductionOp;

void Reduce(Operation operation, int64_t rows, int64_t length, float factor,
            CudaSums* sums, const float* x, float* y) {
  (*sums)(
      rows, length,
      [=] __device__(int64_t row, int64_t i) {
        const float v = x[row * length + i];
        if (operation == ReductionParameter::ASUM) return fabsf(v);
        return operation == ReductionParameter::SUMSQ ? v * v : v;
      },
      [=] __device__(int64_t row, double sum) {
        y[row] = static_cast<float>(factor * sum);
      });
}

// x is read for ASUM and SUMSQ only.
void Gradient(Operation operation, int64_t rows, int64_t length, float factor,
              const float* x, const float* dy, float* dx) {
  ForEach(Stream(), rows * length, [=] __device__(int64_t i) {
    const float g = factor * dy[i / length];
    if (operation == ReductionParameter::ASUM) {
      dx[i] = x[i] > 0 ? g : x[i] < 0 ? -g : 0;
    } else if (operation == ReductionParameter::SUMSQ) {
      dx[i] = 2 * g * x[i];
    } else {
      dx[i] = g;
    }
  });
}

class ReductionCuda final : public Reduction {
 public:
  using Reduction::Reduction;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Reduce(operation(), rows_, length_, factor_, &sums_,
           bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(operation(), rows_, length_, factor_, bottoms[0]->data.data(),
             tops[0]->diff.data(), bottoms[0]->diff.data());
  }

 private:
  CudaSums sums_;
};

const RegisterLayer<ReductionCuda> kReductionCuda("Reduction", Device::kCuda);

}  // namespace
}  // namespace doppio
