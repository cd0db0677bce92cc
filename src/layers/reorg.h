#pragma once

#include "layers/shared/rearrange.h"

namespace doppio {

// Moves pixels into channels, or back with `reverse`, in Darknet's order. That
// takes both bottom and top, whatever their shapes, for
//   wide: N x C / s^2 x (H s) x (W s)
//   deep: N x (s^2 times C / s^2) x H x W
// where C, H, W are the bottom's; pixel (h s + i, w s + j) of a wide channel is
// pixel (h, w) of the deep channel in place i s + j.
//   bottom: N x C x H x W
//   top:    N x C s^2 x H / s x W / s; N x C / s^2 x H s x W s with `reverse`
class Reorg : public Rearrangement {
 public:
  Reorg(const LayerParameter& param, const Context& context);
  Shapes Reshape(const Shapes& bottoms) override;
};

}  // namespace doppio
