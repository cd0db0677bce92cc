#pragma once

#include <algorithm>
#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Where a line of the top comes from: (1 - share) of a line of the bottom and
// `share` of another.
struct Blend {
  int near, far;
  float share;

  // How much of a line of the bottom is in it.
  constexpr float Of(int line) const {
    return (line == near ? 1 - share : 0) + (line == far ? share : 0);
  }
};

// The lines of the top along one axis.
struct BlendedLines {
  int count = 0;
  int pixels = 0;  // of the bottom, without what is cropped
  int first = 0;   // of these
  float step = 0;  // from one line of the top to the next, in the bottom

  constexpr Blend operator[](int line) const {
    const float at = step * static_cast<float>(line);
    const int near = std::min(static_cast<int>(at), pixels - 1);
    const int far = std::min(near + 1, pixels - 1);
    return {near + first, far + first, at - static_cast<float>(near)};
  }
};

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
  int64_t planes_ = 0;          // N * C
  int height_ = 0, width_ = 0;  // H, W
  BlendedLines rows_, cols_;    // of the top

 private:
  int Resized(int axis, int pixels, const Shapes& bottoms) const;
};

}  // namespace doppio
