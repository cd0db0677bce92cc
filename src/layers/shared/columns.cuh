#pragma once

#include <cstdint>

#include "doppio/tensor.h"
#include "layers/shared/spatial.h"

namespace doppio {

// A convolution's geometry, with 1s for the spatial axes that it lacks.
struct ColumnGeometry {
  static constexpr int kAxes = 3;
  int64_t channels = 1;
  int input[kAxes] = {1, 1, 1};
  int output[kAxes] = {1, 1, 1};
  int kernel[kAxes] = {1, 1, 1};
  int stride[kAxes] = {1, 1, 1};
  int pad[kAxes] = {0, 0, 0};
  int dilation[kAxes] = {1, 1, 1};

  // The shapes are N x C x spatial axes.
  ColumnGeometry(const Window& window, const Shape& source,
                 const Shape& target);

  constexpr int64_t pixels() const { return Product(input); }
  constexpr int64_t positions() const { return Product(output); }
  constexpr int64_t taps() const { return Product(kernel); }
  constexpr int64_t rows() const { return channels * taps(); }

 private:
  static constexpr int64_t Product(const int* extents) {
    return int64_t{extents[0]} * extents[1] * extents[2];
  }
};

// columns (C * kernel x images * positions): under each position of the window,
// what it sees of the images, zeros for the padding. T is float, or what
// WithElements has.
template <typename T>
void CudaToColumns(const ColumnGeometry& g, int64_t images, const float* x,
                   T* columns);

// The reverse: x = for each pixel the sum of all columns' elements that have
// seen it. Gathered, in an order that is always the same.
void CudaFromColumns(const ColumnGeometry& g, int64_t images,
                     const float* columns, float* x);

}  // namespace doppio
