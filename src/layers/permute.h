#pragma once

#include "layers/shared/rearrange.h"

namespace doppio {

// Reorders axes: axis i of the top is axis order[i] of the bottom; axes that
// `order` leaves out follow in their order.
class Permute : public Rearrangement {
 public:
  using Rearrangement::Rearrangement;
  Shapes Reshape(const Shapes& bottoms) override;
};

}  // namespace doppio
