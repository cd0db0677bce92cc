#pragma once

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// The mean of -log p(label), where p is the softmax of the scores along the
// axis of the classes: the multinomial logistic loss.
//   bottoms: scores N x C x ..., labels N x ... (one for each softmax)
//   tops:    the loss, a scalar, and if named p, of the scores' shape
class SoftmaxWithLoss : public Layer {
 public:
  SoftmaxWithLoss(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  std::optional<int> ignored_;
  LossParameter::NormalizationMode normalization_;
  AxisView view_;
};

}  // namespace doppio
