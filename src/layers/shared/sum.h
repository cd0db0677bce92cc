#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "device/math.h"

namespace doppio {

// The sum of term(i) over [begin, end), in double.
template <typename Term>
double SumOfRange(int64_t begin, int64_t end, Term term) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = begin; i < end; ++i) sum += term(i);
  return sum;
}

// The sum of term(i) over [0, n), in double, the same for any number of
// threads; `cost` is roughly the nanoseconds that one term takes.
template <typename Term>
double Sum(int64_t n, double cost, Term term) {
  constexpr int64_t kBlock = 4096;
  std::vector<double> sums((n + kBlock - 1) / kBlock);
  ParallelFor(sums.size(), cost * kBlock, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      sums[b] = SumOfRange(b * kBlock, std::min(n, (b + 1) * kBlock), term);
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.);
}

}  // namespace doppio
