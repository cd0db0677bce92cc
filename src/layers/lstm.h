#pragma once

#include "layers/shared/recurrent.h"

namespace doppio {

// Long short-term memory (Hochreiter and Schmidhuber 1997; with forget gates).
// Shapes and parameters: shared/recurrent.h, K = 4 D; a step:
// shared/lstm_cell.h. Its states are h and the cell c; the top is h.
class Lstm : public Recurrent {
 public:
  Lstm(const LayerParameter& param, const Context& context)
      : Recurrent(param, context, 2, 4) {}
};

}  // namespace doppio
