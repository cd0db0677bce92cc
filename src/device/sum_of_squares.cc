#include "device/sum_of_squares.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "device/math.h"

namespace doppio {
namespace {

double SumOfChunk(const float* values, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += double{values[i]} * values[i];
  return sum;
}

}  // namespace

double SumOfSquares(const float* values, int64_t count) {
  // Sums of fixed chunks, so that the order of additions is fixed, too.
  constexpr int64_t kChunk = 1 << 14;
  std::vector<double> sums((count + kChunk - 1) / kChunk);
  ParallelFor(sums.size(), kChunk / 4, [&](int64_t begin, int64_t end) {
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      const int64_t first = chunk * kChunk;
      sums[chunk] = SumOfChunk(values + first, std::min(kChunk, count - first));
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace doppio
