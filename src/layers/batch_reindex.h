#pragma once

#include "doppio/layer.h"

namespace doppio {

// Picks images of the first bottom by the indices in the second: in any order,
// some perhaps several times, some not at all.
//   bottoms: N x ..., M indices of images
//   top:     M x ...
class BatchReindex : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  int images_ = 0;
  int64_t image_ = 0;  // elements of one
};

}  // namespace doppio
