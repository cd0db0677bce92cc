#pragma once

#include "doppio/layer.h"

namespace doppio {

// The pixels of H' x W' that are copies of each value of H x W, as even as can
// be: nearest neighbours.
struct NearestCopies {
  int64_t height, width, to_height, to_width;

  // Of which value this pixel is a copy.
  constexpr int64_t From(int64_t pixel) const {
    return pixel / to_width * height / to_height * width +
           pixel % to_width * width / to_width;
  }
  // The sum over the copies of this value.
  constexpr float Sum(const float* pixels, int64_t value) const {
    const int64_t row = value / width, column = value % width;
    float sum = 0;
    for (int64_t y = First(row, height, to_height);
         y < First(row + 1, height, to_height); ++y) {
      for (int64_t x = First(column, width, to_width);
           x < First(column + 1, width, to_width); ++x) {
        sum += pixels[y * to_width + x];
      }
    }
    return sum;
  }

 private:
  static constexpr int64_t First(int64_t value, int64_t from, int64_t to) {
    return (value * to + from - 1) / from;
  }
};

// Puts each value where the maximum of a pooling window lay, and zeros
// elsewhere. Where several fall on one pixel, the last of them stays. Without a
// mask it copies each value to all pixels of its block.
//   bottoms: x N x C x H x W; perhaps for each value its place in H' x W', as
//            Pooling's second top gives it
//   top:     N x C x H' x W'
class Upsample : public Layer {
 public:
  Upsample(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  bool has_mask() const { return param_.bottom_size() > 1; }
  NearestCopies copies() const {
    return {inputs_ / width_in_, width_in_, height_, width_};
  }
  // Throws Error for a mask, in host memory, with a value that is no place.
  void CheckMask(const float* mask) const;

  int64_t planes_ = 0;             // N * C
  int64_t inputs_ = 0;             // H * W
  int64_t outputs_ = 0;            // H' * W'
  int channels_ = 0, height_ = 0;  // C, H'
  int width_ = 0;                  // W'
  int width_in_ = 1;               // W
};

}  // namespace doppio
