#pragma once

#include <cstdint>

#include "doppio/context.h"

namespace doppio {

// C = alpha * op(A) * op(B) + beta * C, row-major; op transposes where asked.
// C is rows x columns and each element a sum of `inner` products. With beta 0,
// C need not be initialised.
void Gemm(const Context& context, bool transpose_a, bool transpose_b,
          int64_t rows, int64_t columns, int64_t inner, float alpha,
          const float* a, const float* b, float beta, float* c);

// The calling OpenMP thread's part of [0, n).
void ThreadPart(int64_t n, int64_t* begin, int64_t* end);

// Calls body(begin, end) for parts of [0, n), on all threads where n is large
// enough to pay; `cost` is roughly the nanoseconds that one item takes.
template <typename Body>
void ParallelFor(int64_t n, double cost, Body body) {
  constexpr double kWorthwhile = 20000;  // ns; starting threads takes ~2,000
  if (n * cost < kWorthwhile) {
    if (n > 0) body(int64_t{0}, n);
    return;
  }
#pragma omp parallel
  {
    int64_t begin = 0, end = 0;
    ThreadPart(n, &begin, &end);
    if (begin < end) body(begin, end);
  }
}

}  // namespace doppio
