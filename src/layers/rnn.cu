#include "doppio/layer_registry.h"
#include "layers/rnn.h"
#include "layers/shared/elementwise.cuh"
#include "layers/tanh.h"

namespace doppio {
namespace {

class RnnCuda final : public Rnn {
 public:
  RnnCuda(const LayerParameter& param, const Context& context)
      : Rnn(param, context, CudaRowMath()), tanh_(param) {}

 private:
  void Tanh(int64_t n, const float* x, float* y) const override {
    MapElements(tanh_, n, x, y);
  }

  void TanhBack(int64_t n, const float* y, const float* dy,
                float* dx) const override {
    ChainElements(tanh_, n, y, dy, dx);
  }

  const doppio::Tanh tanh_;
};

const RegisterLayer<RnnCuda> kRnnCuda("RNN", Device::kCuda);

}  // namespace
}  // namespace doppio
