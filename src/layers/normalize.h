#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// y = scale * x / sqrt(sum of x^2 + eps), the sum taken over the channels of
// each pixel, or with across_spatial over all of an image.
//   bottom, top: N x C x ...
//   params:      one scale, or C
class Normalize : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  bool across_spatial() const { return param_.norm_param().across_spatial(); }
  bool channel_shared() const { return param_.norm_param().channel_shared(); }
  int64_t image() const { return channels_ * pixels_; }

  int64_t images_ = 0, channels_ = 0, pixels_ = 0;
};

}  // namespace doppio
