#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Tops filled by fillers: constants once, everything else anew at every pass.
// The tops share the layer's own memory.
class DummyData final : public Layer {
 public:
  DummyData(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}

 private:
  Shape TopShape(int top) const;
  FillerParameter Filler(int top) const;

  std::vector<Tensor> values_;  // empty until filled
};

}  // namespace doppio
