#pragma once

#include <cstdint>

#include "device/winograd_matrices.h"
#include "device/winograd_vector.h"

// What Winograd's convolution does to one tile of 16 channels.

namespace doppio {

// out = M in, for vectors that lie `step` apart. The loops vanish, and so do
// the matrix's zeros.
template <int kRows, int kColumns>
[[gnu::always_inline]] inline void Apply(const Matrix<kRows, kColumns>& matrix,
                                         const Vec* in, int in_step, Vec* out,
                                         int out_step) {
#pragma GCC unroll 8
  for (int i = 0; i < kRows; ++i) {
    Vec sum = {};
#pragma GCC unroll 8
    for (int j = 0; j < kColumns; ++j) {
      if (matrix.at[i][j] != 0) sum += matrix.at[i][j] * in[j * in_step];
    }
    out[i * out_step] = sum;
  }
}

// out = M in M^T, both square and row-major.
template <auto kMake>
[[gnu::always_inline]] inline void TransformSquare(const Vec* in, Vec* out) {
  constexpr auto kMatrix = kMake();
  constexpr int kRows = sizeof kMatrix.at / sizeof kMatrix.at[0];
  constexpr int kColumns = sizeof kMatrix.at[0] / sizeof(float);
  Vec half[kRows * kColumns];
  for (int j = 0; j < kColumns; ++j) {
    Apply(kMatrix, in + j, kColumns, half + j, kColumns);
  }
  for (int i = 0; i < kRows; ++i) {
    Apply(kMatrix, half + i * kColumns, 1, out + i * kRows, 1);
  }
}

// A square of an image of 16 channels, which may reach over its edges.
struct Patch {
  int y, x;
  int height, width;  // of the image

  template <int kSize>
  bool Inside() const {
    return y >= 0 && x >= 0 && y + kSize <= height && x + kSize <= width;
  }
  int64_t At(int i, int j) const {
    return (static_cast<int64_t>(y + i) * width + x + j) * kLanes;
  }
};

// Calls visit(element, offset) for the elements inside the image.
template <int kSize, typename Visit>
[[gnu::always_inline]] inline void ForElements(const Patch& patch,
                                               Visit visit) {
  if (patch.Inside<kSize>()) {
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) visit(i * kSize + j, patch.At(i, j));
    }
    return;
  }
  for (int i = 0; i < kSize; ++i) {
    if (patch.y + i < 0 || patch.y + i >= patch.height) continue;
    for (int j = 0; j < kSize; ++j) {
      if (patch.x + j < 0 || patch.x + j >= patch.width) continue;
      visit(i * kSize + j, patch.At(i, j));
    }
  }
}

// Images as their convolution reads them: values, or a diff behind a ReLU.
struct Values {
  const float* values;
  Values From(int64_t i) const { return {values + i}; }
  Vec At(int64_t i) const { return Load(values + i); }
};
struct GatedValues {
  const float *values, *gates;
  float slope;
  GatedValues From(int64_t i) const { return {values + i, gates + i, slope}; }
  Vec At(int64_t i) const {
    const Vec v = Load(values + i);
    return Load(gates + i) > 0 ? v : slope * v;
  }
};

// The patch, with zeros beyond the edges.
template <int kSize, typename Source>
inline void LoadPatch(const Source& source, const Patch& patch, Vec* square) {
  if (!patch.Inside<kSize>()) {
    for (int e = 0; e < kSize * kSize; ++e) square[e] = Vec{};
  }
  ForElements<kSize>(
      patch, [&](int e, int64_t offset) { square[e] = source.At(offset); });
}

// An n x n patch of the images, transformed; its elements lie `apart`.
template <int n, typename Source>
inline void TransformInput(const Source& source, const Patch& patch, float* to,
                           int64_t apart) {
  Vec square[n * n], made[n * n];
  LoadPatch<n>(source, patch, square);
  TransformSquare<WinogradInput<n>>(square, made);
  for (int e = 0; e < n * n; ++e) Store(to + e * apart, made[e]);
}

template <int n, int r>
inline void TransformFilter(const Vec* taps, Vec* made) {
  TransformSquare<WinogradFilter<n, r>>(taps, made);
}

// An m x m patch of the target's diff, as the filter of the weights' gradient;
// what is in it is added to `bias`.
template <int n, int m, typename Source>
inline void TransformDiff(const Source& source, const Patch& patch, float* to,
                          int64_t apart, float* bias) {
  Vec square[m * m], made[n * n];
  LoadPatch<m>(source, patch, square);
  Vec sum = Load(bias);
  for (int e = 0; e < m * m; ++e) sum += square[e];
  Store(bias, sum);
  TransformSquare<WinogradFilter<n, m>>(square, made);
  for (int e = 0; e < n * n; ++e) Store(to + e * apart, made[e]);
}

// From the elements of a product, `apart`, to an m x m patch of the target.
template <int m, int n>
inline void TransformOutput(const float* from, int64_t apart, const Vec& bias,
                            float slope, const Patch& patch, float* image) {
  Vec square[n * n], made[m * m];
  for (int e = 0; e < n * n; ++e) square[e] = Load(from + e * apart);
  TransformSquare<WinogradOutput<m, n>>(square, made);
  ForElements<m>(patch, [&](int e, int64_t offset) {
    const Vec v = made[e] + bias;
    Store(image + offset, v > 0 ? v : slope * v);
  });
}

}  // namespace doppio
