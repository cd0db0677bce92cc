#pragma once

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// The mean of -log p(label) for probabilities p, perhaps of a Softmax layer;
// SoftmaxWithLoss does both in one, and more exactly.
//   bottoms: probabilities N x C, N labels
//   top:     a scalar
class MultinomialLogisticLoss : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  AxisView view_;
};

}  // namespace doppio
