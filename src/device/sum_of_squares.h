#pragma once

#include <cstdint>

namespace doppio {

// The sum of the squares of `count` floats of host memory; the same for any
// number of threads.
double SumOfSquares(const float* values, int64_t count);

}  // namespace doppio
