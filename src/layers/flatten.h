#pragma once

#include "doppio/layer.h"

namespace doppio {

// Makes the axes from `axis` to `end_axis` one. The top shares the bottom's
// data.
class Flatten final : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 private:
  Shape top_;
};

}  // namespace doppio
