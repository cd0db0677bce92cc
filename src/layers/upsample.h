#pragma once

#include "doppio/layer.h"

namespace doppio {

// Puts each value where the maximum of a pooling window lay, and zeros
// elsewhere. Where several fall on one pixel, the last of them stays.
//   bottoms: x N x C x H x W; for each value its place in H' x W', as Pooling's
//            second top gives it
//   top:     N x C x H' x W'
class Upsample : public Layer {
 public:
  Upsample(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  // Throws Error for a mask, in host memory, with a value that is no place.
  void CheckMask(const float* mask) const;

  int64_t planes_ = 0;             // N * C
  int64_t inputs_ = 0;             // H * W
  int64_t outputs_ = 0;            // H' * W'
  int channels_ = 0, height_ = 0;  // C, H'
  int width_ = 0;                  // W'
};

}  // namespace doppio
