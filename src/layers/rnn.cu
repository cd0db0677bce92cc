#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/rnn.h"
#include "layers/shared/simd_math.h"

namespace doppio {
namespace {

void TanhOf(int64_t n, const float* x, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) { y[i] = simd::Tanh(x[i]); });
}

void Gradient(int64_t n, const float* y, const float* dy, float* dx) {
  ForEach(Stream(), n,
          [=] __device__(int64_t i) { dx[i] = dy[i] * (1 - y[i] * y[i]); });
}

class RnnCuda final : public Rnn {
 public:
  RnnCuda(const LayerParameter& param, const Context& context)
      : Rnn(param, context, CudaRowMath()) {}

 private:
  void Tanh(int64_t n, const float* x, float* y) const override {
    TanhOf(n, x, y);
  }
  void TanhBack(int64_t n, const float* y, const float* dy,
                float* dx) const override {
    Gradient(n, y, dy, dx);
  }
};

const RegisterLayer<RnnCuda> kRnnCuda("RNN", Device::kCuda);

}  // namespace
}  // namespace doppio
