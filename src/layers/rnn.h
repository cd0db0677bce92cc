#pragma once

#include "layers/shared/recurrent.h"

namespace doppio {

// A plain recurrent layer: h = tanh(z), top = tanh(Wo h + bo). Shapes and
// parameters: shared/recurrent.h, K = D; then Wo D x D and bo D.
class Rnn : public Recurrent {
 public:
  Rnn(const LayerParameter& param, const Context& context, const RowMath& math)
      : Recurrent(param, context, math, 1, 1) {}
  Shapes Reshape(const Shapes& bottoms) override;
  int64_t multiply_adds() const override;

 protected:
  // y = tanh(x), and dx = dy * (1 - y^2), on the layer's device.
  virtual void Tanh(int64_t n, const float* x, float* y) const = 0;
  virtual void TanhBack(int64_t n, const float* y, const float* dy,
                        float* dx) const = 0;

 private:
  void Step(int t, const float* cont) override;
  void Emit(float* y) override;
  void EmitBack(const Blob& top, float* dh) override;
  void StepBack(int t, const float* cont, const float* dh, float* dz) override;

  Tensor dy_;  // before the output's tanh
};

}  // namespace doppio
