#include "layers/lstm.h"

#include "core/memory.h"
#include "doppio/layer_registry.h"
#include "layers/shared/lstm_cell.h"
#include "layers/shared/room.h"

namespace doppio {

void Lstm::Emit(float* y) {
  Copy(device(), y, device(), state(0, 1), rows_size() * sizeof(float));
}

void Lstm::EmitBack(const Blob& top, float* dh) {
  Copy(device(), dh, device(), top.diff.data(), rows_size() * sizeof(float));
  Room(row_size(), device(), &dc_);
  dc_.Zero();
}

namespace {

class LstmCpu final : public Lstm {
 public:
  LstmCpu(const LayerParameter& param, const Context& context)
      : Lstm(param, context, CpuRowMath()) {}

 private:
  void Step(int t, const float* cont) override {
    LstmForward(streams_, outputs_, cont, z(t), state(1, t), z(t),
                state(1, t + 1), state(0, t + 1));
  }

  void StepBack(int t, const float* cont, const float* dh, float* dz) override {
    LstmBackward(streams_, outputs_, cont, z(t), state(1, t), state(1, t + 1),
                 dc_.data(), dh, dz, dc_.data());
  }
};

const RegisterLayer<LstmCpu> kLstmCpu("LSTM", Device::kCpu);

}  // namespace
}  // namespace doppio
