#pragma once

#include "layers/shared/recurrent.h"

namespace doppio {

// A plain recurrent layer: h = tanh(z), top = tanh(Wo h + bo). Shapes and
// parameters: shared/recurrent.h, K = D; then Wo D x D and bo D.
class Rnn : public Recurrent {
 public:
  Rnn(const LayerParameter& param, const Context& context)
      : Recurrent(param, context, 1, 1) {}
  Shapes Reshape(const Shapes& bottoms) override;
  int64_t multiply_adds() const override;
};

}  // namespace doppio
