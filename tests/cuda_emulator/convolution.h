#pragma once

#include <array>
#include <cstddef>

namespace emulator {

// A convolution of one to three spatial axes; those that lack stand in front,
// with extents of 1. Row-major: x is images x groups * channels x in, y images
// x groups * outputs x out, w groups * outputs x channels x kernel.
struct Convolution {
  using Extents = std::array<int, 3>;

  int images = 1, groups = 1;
  int channels = 1, outputs = 1;  // of a group
  Extents in = {1, 1, 1}, out = {1, 1, 1}, kernel = {1, 1, 1},
          stride = {1, 1, 1}, pad = {0, 0, 0}, dilation = {1, 1, 1};
  // Products of numbers rounded to TF32: 10 bits after the point.
  bool tf32 = false;

  static size_t Product(const Extents& e) { return size_t(e[0]) * e[1] * e[2]; }
  size_t rows() const { return channels * Product(kernel); }
  size_t positions() const { return Product(out); }
  // Of one image and group.
  size_t x() const { return channels * Product(in); }
  size_t y() const { return outputs * Product(out); }
  size_t w() const { return outputs * rows(); }
  size_t columns() const { return rows() * positions(); }
};

// y = alpha * convolution(x, w) + beta * y, and alike its gradients; what beta
// = 0 overwrites is not read.
void Forward(const Convolution& c, float alpha, const float* x, const float* w,
             float beta, float* y);
void BackwardData(const Convolution& c, float alpha, const float* w,
                  const float* dy, float beta, float* dx);
void BackwardFilter(const Convolution& c, float alpha, const float* x,
                    const float* dy, float beta, float* dw);

}  // namespace emulator
