#pragma once

#include "doppio/layer.h"

namespace doppio {

// One step of an LSTM, as a layer of its own; shared/lstm_cell.h has the
// formulas.
//   bottoms: c before the step 1 x N x D; z 1 x N x 4 D; cont 1 x N: 0 where a
//            sequence begins, 1 where it goes on
//   tops:    c and h after it, 1 x N x D
class LstmUnit : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom != 2; }

 protected:
  // Where a bottom's diff goes: a buffer if nobody wants it.
  float* Target(int bottom, Blob* blob, Tensor* unwanted) const;

  int streams_ = 0;  // N
  int cells_ = 0;    // D
  Tensor gates_, unwanted_z_, unwanted_c_;
};

}  // namespace doppio
