#pragma once

#include <vector>

#include "doppio/layer.h"
#include "layers/shared/spatial.h"

namespace doppio {

// The windows of a convolution, laid out as columns.
//   bottom: N x C x spatial axes
//   top:    N x (C * kernel elements) x places of the window
class Im2col : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  int64_t planes_ = 0;  // N * C, each with windows of its own
  Window window_;
  Shape image_;   // the spatial axes of the bottom
  Shape places_;  // and of the top
};

}  // namespace doppio
