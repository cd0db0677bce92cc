#pragma once

#include <cstdint>

#include "doppio/layer.h"

namespace doppio {

// y = x * s^-beta with s = k + alpha / n * (sum of squares over the n values in
// a neighbourhood): local_size channels at one pixel (ACROSS_CHANNELS), or
// local_size x local_size pixels of one channel (WITHIN_CHANNEL, where k is 1).
// What lies beyond the edges counts as zeros.
// (Krizhevsky et al. 2012; they do not divide alpha by n, Caffe does, and this
// does unless alpha_undivided says so.)
//   bottom: N x C x H x W
//   top:    as the bottom; may be in place
class Lrn : public Layer {
 public:
  Lrn(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  // The formula's numbers, alpha already divided where it is to be.
  float k_, alpha_, beta_;
  // How far the neighbourhood reaches on either side.
  int64_t reach_;
  bool across_channels_;
  Shape shape_;
};

}  // namespace doppio
