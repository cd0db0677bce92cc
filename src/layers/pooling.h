#pragma once

#include <algorithm>
#include <cstdint>

#include "doppio/layer.h"
#include "layers/shared/channels.h"

namespace doppio {

// The part of an image under the pooling window, clipped to the image.
struct PoolWindow {
  int top, bottom, left, right;
  int area;  // what average pooling divides by

  constexpr int first(int width) const { return top * width + left; }
};

struct PoolGeometry {
  int height, width, out_height, out_width;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;

  constexpr PoolWindow At(int row, int col) const {
    const int y = row * stride_h - pad_h;
    const int x = col * stride_w - pad_w;
    const int y_end = std::min(y + kernel_h, height + pad_h);
    const int x_end = std::min(x + kernel_w, width + pad_w);
    // The padding counts as zeros in an average; what lies beyond it, where a
    // rounded-up output overhangs, does not. Caffe averages so.
    return {std::max(y, 0), std::min(y_end, height), std::max(x, 0),
            std::min(x_end, width), (y_end - y) * (x_end - x)};
  }

  int64_t image() const { return int64_t{height} * width; }
  int64_t out_image() const { return int64_t{out_height} * out_width; }
};

// Condenses each window of each channel to one value: the largest (MAX, the
// first of equals), the mean (AVE), or one drawn in proportion to its size
// (STOCHASTIC; in testing the mean so weighted).
//   bottom: N x C x H x W
//   tops:   N x C x out_height x out_width; for MAX also where in H x W each
//           maximum lies
class Pooling : public Layer {
 public:
  Pooling(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  // Testing STOCHASTIC has no gradient: Caffe has none either.
  bool Differentiable(int) const override {
    return method() != PoolingParameter::STOCHASTIC || training();
  }

 protected:
  PoolingParameter::PoolMethod method() const {
    return param_.pooling_param().pool();
  }

  Shape shape_;  // of the bottom
  ChannelView view_;
  PoolGeometry geometry_{};
};

}  // namespace doppio
