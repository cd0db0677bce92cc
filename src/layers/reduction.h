#pragma once

#include "doppio/layer.h"

namespace doppio {

// One number of all axes from `axis` on: the sum, the sum of absolute values or
// of squares, or the mean, times coeff. The axes before it remain.
class Reduction : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  ReductionParameter::ReductionOp operation() const {
    return param_.reduction_param().operation();
  }

  int64_t rows_ = 0;
  int64_t length_ = 0;  // elements that make one number
  float factor_ = 1;    // of the sum
};

}  // namespace doppio
