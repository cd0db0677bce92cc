#include "layers/shared/softmax.h"

#include <algorithm>

#include "device/math.h"
#include "layers/shared/simd_math.h"

namespace doppio {
namespace {

// One vector of n neighbouring values. The largest is subtracted first, so that
// no exponential overflows.
void SoftmaxOfRow(int n, const float* x, float* y) {
  float largest = x[0];
#pragma omp simd reduction(max : largest)
  for (int c = 0; c < n; ++c) largest = x[c] > largest ? x[c] : largest;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int c = 0; c < n; ++c) sum += y[c] = simd::Exp(x[c] - largest);
  const float factor = 1 / sum;
#pragma omp simd
  for (int c = 0; c < n; ++c) y[c] *= factor;
}

void GradientOfRow(int n, const float* y, const float* dy, float* dx) {
  float dot = 0;
#pragma omp simd reduction(+ : dot)
  for (int c = 0; c < n; ++c) dot += dy[c] * y[c];
#pragma omp simd
  for (int c = 0; c < n; ++c) dx[c] = (dy[c] - dot) * y[c];
}

// Vectors side by side, taken this many at a time, so that the innermost loops
// run over neighbours.
constexpr int kColumns = 256;

// `columns` vectors of n values that are `stride` apart.
void SoftmaxOfColumns(int n, int64_t stride, int columns, const float* x,
                      float* y) {
  float largest[kColumns], sum[kColumns];
  std::copy_n(x, columns, largest);
  std::fill_n(sum, columns, 0.f);
  for (int c = 1; c < n; ++c) {
#pragma omp simd
    for (int j = 0; j < columns; ++j) {
      const float v = x[c * stride + j];
      largest[j] = v > largest[j] ? v : largest[j];
    }
  }
  for (int c = 0; c < n; ++c) {
#pragma omp simd
    for (int j = 0; j < columns; ++j) {
      sum[j] += y[c * stride + j] = simd::Exp(x[c * stride + j] - largest[j]);
    }
  }
  for (int c = 0; c < n; ++c) {
#pragma omp simd
    for (int j = 0; j < columns; ++j) y[c * stride + j] /= sum[j];
  }
}

void GradientOfColumns(int n, int64_t stride, int columns, const float* y,
                       const float* dy, float* dx) {
  float dot[kColumns] = {};
  for (int c = 0; c < n; ++c) {
#pragma omp simd
    for (int j = 0; j < columns; ++j) {
      dot[j] += dy[c * stride + j] * y[c * stride + j];
    }
  }
  for (int c = 0; c < n; ++c) {
#pragma omp simd
    for (int j = 0; j < columns; ++j) {
      dx[c * stride + j] = (dy[c * stride + j] - dot[j]) * y[c * stride + j];
    }
  }
}

// Calls one(offset, columns) for groups of neighbouring vectors.
template <typename One>
void ForEachGroup(const AxisView& view, One one) {
  const int64_t groups = (view.inner + kColumns - 1) / kColumns;
  const double cost = double(view.extent) * std::min<int64_t>(view.inner, 256);
  ParallelFor(view.outer * groups, cost, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i % groups * kColumns;
      one(i / groups * view.extent * view.inner + first,
          static_cast<int>(std::min<int64_t>(kColumns, view.inner - first)));
    }
  });
}

}  // namespace

void Softmax(const AxisView& view, const float* x, float* y) {
  ForEachGroup(view, [&](int64_t at, int columns) {
    if (view.inner == 1) {
      SoftmaxOfRow(view.extent, x + at, y + at);
    } else {
      SoftmaxOfColumns(view.extent, view.inner, columns, x + at, y + at);
    }
  });
}

void SoftmaxGradient(const AxisView& view, const float* y, const float* dy,
                     float* dx) {
  ForEachGroup(view, [&](int64_t at, int columns) {
    if (view.inner == 1) {
      GradientOfRow(view.extent, y + at, dy + at, dx + at);
    } else {
      GradientOfColumns(view.extent, view.inner, columns, y + at, dy + at,
                        dx + at);
    }
  });
}

}  // namespace doppio
