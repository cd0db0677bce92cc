#pragma once

#include "doppio/layer.h"

namespace doppio {

// Repeats its bottom along one axis.
class Tile : public Layer {
 public:
  Tile(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  const int tiles_;
  // The bottom is `rows_` runs of `length_` elements, each of which is
  // repeated.
  int64_t rows_ = 0;
  int64_t length_ = 0;
};

}  // namespace doppio
