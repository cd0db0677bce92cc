#pragma once

#include "doppio/layer.h"

namespace doppio {

// A top that is itself a learned parameter; it starts as zeros.
class ParameterLayer : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 protected:
  // y += x, on the layer's device.
  virtual void Add(int64_t n, const float* x, float* y) const;
};

}  // namespace doppio
