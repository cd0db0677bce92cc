#pragma once

#include "doppio/layer.h"

namespace doppio {

// Hands one blob to several readers: the tops share the bottom's data, and
// their diffs are summed. The net inserts it wherever a blob is read twice.
class Split : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
};

}  // namespace doppio
