#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Resizes images by bilinear interpolation; the corners' pixels stay theirs.
//   bottoms: N x C x H x W; perhaps one whose height and width to take
//   top:     N x C x H' x W'
class Interp : public Layer {
 public:
  Interp(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  // Where a line of the top comes from: (1 - share) of a line of the bottom and
  // `share` of another.
  struct Blend {
    int near = 0, far = 0;
    float share = 0;
  };

  int64_t planes_ = 0;              // N * C
  int height_ = 0, width_ = 0;      // H, W
  std::vector<Blend> rows_, cols_;  // of the top

 private:
  int Resized(int axis, int pixels, const Shapes& bottoms) const;
};

}  // namespace doppio
