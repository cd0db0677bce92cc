#pragma once

#include "doppio/layer.h"

namespace doppio {

// The same values in another shape: of the bottom's axes, num_axes from `axis`
// on are replaced by `shape`. The top shares the bottom's data.
class ReshapeLayer final : public Layer {
 public:
  ReshapeLayer(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 private:
  Shape top_;
};

}  // namespace doppio
