#pragma once

#include "doppio/layer.h"
#include "layers/shared/axis.h"

namespace doppio {

// y = exp(x) / sum of exp(x) along one axis; every other position has a softmax
// of its own.
class SoftmaxLayer : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  AxisView view_;
};

}  // namespace doppio
