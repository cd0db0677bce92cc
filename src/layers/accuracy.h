#pragma once

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// The share of positions whose label is among the top_k best scores.
//   bottoms: scores N x C x ..., labels N x ...
//   tops:    the accuracy, a scalar, and if named C accuracies, of the
//            positions whose label is that class
class Accuracy : public Layer {
 public:
  Accuracy(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int) const override { return false; }

 protected:
  std::optional<int> ignored_;
  AxisView view_;
};

}  // namespace doppio
