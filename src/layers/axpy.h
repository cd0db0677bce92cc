#pragma once

#include "doppio/layer.h"

namespace doppio {

// y = a * x + b, where each channel of each image has its own a.
//   bottoms: a N x C or N x C x 1 x 1, x N x C x ..., b as x
//   top:     as x
class Axpy : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  int64_t planes_ = 0;  // N * C
  int64_t pixels_ = 0;  // in each
};

}  // namespace doppio
