#pragma once

#include "core/random.h"
#include "doppio/layer.h"

namespace doppio {

// Training: y = 0 with probability dropout_ratio, and x / (1 - dropout_ratio)
// otherwise. Testing: y = x.
//
// No mask is stored. It is a function of the seed, the layer's name, the pass
// and an element's place in the storage, so Backward and a resumed run draw the
// same again. (Another layout of the bottom would drop other elements.)
class Dropout : public Layer {
 public:
  Dropout(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override { return bottoms; }

 protected:
  // Element i is dropped if number i of this stream is below the ratio.
  RandomStream Stream() const {
    return RandomStream(context().seed(), Draw::kDropout, Hash(name()), pass());
  }

  const float ratio_;
  const float scale_;
};

}  // namespace doppio
