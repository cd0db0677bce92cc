#pragma once

#include <algorithm>
#include <cstdint>

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

}  // namespace doppio
