#pragma once

#include "layers/shared/recurrent.h"

namespace doppio {

// Long short-term memory (Hochreiter and Schmidhuber 1997; with forget gates).
// Shapes and parameters: shared/recurrent.h, K = 4 D; a step:
// shared/lstm_cell.h. Its states are h and the cell c; the top is h.
class Lstm : public Recurrent {
 public:
  Lstm(const LayerParameter& param, const Context& context, const RowMath& math)
      : Recurrent(param, context, math, 2, 4) {}

 protected:
  void Emit(float* y) override;
  void EmitBack(const Blob& top, float* dh) override;

  int64_t rows_size() const { return steps_ * row_size(); }

  Tensor dc_;  // N x D, of the cell after the step at hand
};

}  // namespace doppio
