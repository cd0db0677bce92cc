#pragma once

#include "layers/shared/rearrange.h"

namespace doppio {

// Mixes the channels of groups: channel j of group i comes to j * group + i.
//   bottom, top: N x C x ...
class ShuffleChannel : public Rearrangement {
 public:
  using Rearrangement::Rearrangement;
  Shapes Reshape(const Shapes& bottoms) override;
};

}  // namespace doppio
