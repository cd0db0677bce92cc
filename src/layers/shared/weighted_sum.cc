#include "layers/shared/weighted_sum.h"

#include <algorithm>

#include "device/math.h"

namespace doppio {
namespace {

void Scaled(float a, const float* x, int64_t n, float* y) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = a * x[i];
}

void SumOfTwo(float a, const float* u, float b, const float* v, int64_t n,
              float* y) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = a * u[i] + b * v[i];
}

}  // namespace

void WeightedSum(const std::vector<const float*>& terms,
                 const std::vector<float>& weights, int64_t n, float* y,
                 const AbsorbedRelu& relu) {
  constexpr int64_t kPiece = 2048;  // of y, which then stays in the L1 cache
  ParallelFor(n, 0.2 * terms.size(), [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += kPiece) {
      const int64_t m = std::min(kPiece, end - at);
      if (terms.size() == 1) {
        Scaled(weights[0], terms[0] + at, m, y + at);
      } else {
        SumOfTwo(weights[0], terms[0] + at, weights[1], terms[1] + at, m,
                 y + at);
      }
      for (size_t t = 2; t < terms.size(); ++t) {
        SumOfTwo(1, y + at, weights[t], terms[t] + at, m, y + at);
      }
      relu.Apply(m, y + at);
    }
  });
}

}  // namespace doppio
