#pragma once

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// Of the softmax p of the scores, -sum over classes k of H(label, k) log p(k).
// With the identity as H, it is SoftmaxWithLoss.
//   bottoms: scores N x C x ..., labels N x ... and, unless `source` names a
//            file of it, H of C x C elements
//   tops:    the loss, a scalar, and if named p, of the scores' shape
class InfogainLoss : public Layer {
 public:
  InfogainLoss(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  std::optional<int> ignored_;
  LossParameter::NormalizationMode normalization_;
  AxisView view_;
  Tensor matrix_;  // H, if it comes from a file
};

}  // namespace doppio
