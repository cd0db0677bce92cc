#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Cuts the first bottom to the size of the second, from `axis` on, beginning at
// `offset`. The second bottom gives its shape only.
class Crop : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  // Where the cut begins along each axis of the bottom.
  std::vector<int> Offsets(const Shape& bottom) const;

  Shape bottom_, top_;
  std::vector<int> offsets_;
};

}  // namespace doppio
