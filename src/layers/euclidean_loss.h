#pragma once

#include "doppio/layer.h"

namespace doppio {

// 1 / (2 N) * sum of (a - b)^2.
//   bottoms: a N x ..., b of equally many elements
//   top:     a scalar
class EuclideanLoss : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  int64_t count_ = 0;
  int images_ = 1;
};

}  // namespace doppio
