#include "doppio/layer_registry.h"
#include "layers/lstm.h"
#include "layers/shared/lstm_cell.cuh"

namespace doppio {
namespace {

class LstmCuda final : public Lstm {
 public:
  LstmCuda(const LayerParameter& param, const Context& context)
      : Lstm(param, context, CudaRowMath()) {}

 private:
  void Step(int t, const float* cont) override {
    CudaLstmForward(streams_, outputs_, cont, z(t), state(1, t), z(t),
                    state(1, t + 1), state(0, t + 1));
  }

  void StepBack(int t, const float* cont, const float* dh, float* dz) override {
    CudaLstmBackward(streams_, outputs_, cont, z(t), state(1, t),
                     state(1, t + 1), dc_.data(), dh, dz, dc_.data());
  }
};

const RegisterLayer<LstmCuda> kLstmCuda("LSTM", Device::kCuda);

}  // namespace
}  // namespace doppio
