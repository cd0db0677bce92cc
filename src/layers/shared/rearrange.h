#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Copies a row-major tensor with its axes in another order: axis i of `to` is
// axis order[i] of `from`, whose shape is given.
void PermuteAxes(const Shape& shape, const std::vector<int>& order,
                 const float* from, float* to);

// For layers whose top holds the bottom's values in another order: that of a
// permutation of axes, in some view of the bottom.
class Rearrangement : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 protected:
  // As PermuteAxes, on the layer's device.
  virtual void Move(const Shape& shape, const std::vector<int>& order,
                    const float* from, float* to) const {
    PermuteAxes(shape, order, from, to);
  }

  // To be set by Reshape: the bottom's shape as it is permuted, and the order.
  Shape view_;
  std::vector<int> order_;
};

}  // namespace doppio
