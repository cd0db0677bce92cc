#pragma once

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// With p = sigmoid(score): -(t log p + (1 - t) log(1 - p)), summed and divided
// by the number of images unless loss_param says otherwise.
//   bottoms: scores, targets t from 0 to 1; both of one shape
//   top:     a scalar
class SigmoidCrossEntropyLoss : public Layer {
 public:
  SigmoidCrossEntropyLoss(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  bool Ignores(float target) const {
    return ignored_ && static_cast<int>(target) == *ignored_;
  }

  std::optional<int> ignored_;
  LossParameter::NormalizationMode normalization_;
  AxisView view_;  // one position for each score
};

}  // namespace doppio
