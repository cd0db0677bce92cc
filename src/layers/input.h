#pragma once

#include "doppio/layer.h"

namespace doppio {

// Tops that the caller fills; without a shape in input_param, the caller gives
// them one too.
class Input final : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs&, const Blobs&) override {}
  void Backward(const Blobs&, const Blobs&) override {}
};

}  // namespace doppio
