// Convolutions on the CPU, one image and group after the other, as products by
// oneDNN over what the window sees.

#include "convolution.h"

#include <dnnl.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace emulator {
namespace {

float RoundToTf32(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  bits = (bits + 0x1000u) & ~0x1fffu;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// The numbers that are multiplied.
class Operand {
 public:
  Operand(const Convolution& c, const float* data, size_t count) : data_(data) {
    if (!c.tf32) return;
    rounded_.resize(count);
    std::transform(data, data + count, rounded_.begin(), RoundToTf32);
    data_ = rounded_.data();
  }
  const float* data() const { return data_; }

 private:
  const float* data_;
  std::vector<float> rounded_;
};

Convolution::Extents Unravel(const Convolution::Extents& extents, int index) {
  return {index / (extents[1] * extents[2]), index / extents[2] % extents[1],
          index % extents[2]};
}

// For each tap of the window and each of its positions, the pixel of a channel
// that it sees; -1 in the padding.
std::vector<int> SeenPixels(const Convolution& c) {
  std::vector<int> seen;
  const int taps = Convolution::Product(c.kernel);
  const int positions = c.positions();
  for (int tap = 0; tap < taps; ++tap) {
    const Convolution::Extents k = Unravel(c.kernel, tap);
    for (int position = 0; position < positions; ++position) {
      const Convolution::Extents o = Unravel(c.out, position);
      int pixel = 0;
      for (int a = 0; a < 3; ++a) {
        const int at = o[a] * c.stride[a] - c.pad[a] + k[a] * c.dilation[a];
        const bool inside = pixel >= 0 && at >= 0 && at < c.in[a];
        pixel = inside ? pixel * c.in[a] + at : -1;
      }
      seen.push_back(pixel);
    }
  }
  return seen;
}

// columns (rows x positions) of one image and group.
void ToColumns(const Convolution& c, const std::vector<int>& seen,
               const float* x, float* columns) {
  for (int channel = 0; channel < c.channels; ++channel) {
    for (const int pixel : seen) *columns++ = pixel < 0 ? 0 : x[pixel];
    x += Convolution::Product(c.in);
  }
}

void AddFromColumns(const Convolution& c, const std::vector<int>& seen,
                    const float* columns, float* x) {
  for (int channel = 0; channel < c.channels; ++channel) {
    for (const int pixel : seen) {
      if (pixel >= 0) x[pixel] += *columns;
      ++columns;
    }
    x += Convolution::Product(c.in);
  }
}

}  // namespace

void Forward(const Convolution& c, float alpha, const float* x, const float* w,
             float beta, float* y) {
  const int parts = c.images * c.groups;
  const Operand from(c, x, parts * c.x()), weights(c, w, c.groups * c.w());
  const std::vector<int> seen = SeenPixels(c);
  std::vector<float> columns(c.columns());
  for (int part = 0; part < parts; ++part) {
    ToColumns(c, seen, from.data() + part * c.x(), columns.data());
    dnnl_sgemm('N', 'N', c.outputs, c.positions(), c.rows(), alpha,
               weights.data() + part % c.groups * c.w(), c.rows(),
               columns.data(), c.positions(), beta, y + part * c.y(),
               c.positions());
  }
}

void BackwardData(const Convolution& c, float alpha, const float* w,
                  const float* dy, float beta, float* dx) {
  const int parts = c.images * c.groups;
  const Operand weights(c, w, c.groups * c.w()), from(c, dy, parts * c.y());
  const std::vector<int> seen = SeenPixels(c);
  std::vector<float> columns(c.columns());
  for (int part = 0; part < parts; ++part) {
    float* to = dx + part * c.x();
    for (size_t i = 0; i < c.x(); ++i) to[i] = beta == 0 ? 0 : beta * to[i];
    dnnl_sgemm('T', 'N', c.rows(), c.positions(), c.outputs, alpha,
               weights.data() + part % c.groups * c.w(), c.rows(),
               from.data() + part * c.y(), c.positions(), 0, columns.data(),
               c.positions());
    AddFromColumns(c, seen, columns.data(), to);
  }
}

void BackwardFilter(const Convolution& c, float alpha, const float* x,
                    const float* dy, float beta, float* dw) {
  const int parts = c.images * c.groups;
  const Operand from(c, x, parts * c.x()), gradient(c, dy, parts * c.y());
  const std::vector<int> seen = SeenPixels(c);
  std::vector<float> columns(c.columns());
  for (int part = 0; part < parts; ++part) {
    ToColumns(c, seen, from.data() + part * c.x(), columns.data());
    dnnl_sgemm('N', 'T', c.outputs, c.rows(), c.positions(), alpha,
               gradient.data() + part * c.y(), c.positions(), columns.data(),
               c.positions(), part < c.groups ? beta : 1,
               dw + part % c.groups * c.w(), c.rows());
  }
}

}  // namespace emulator
