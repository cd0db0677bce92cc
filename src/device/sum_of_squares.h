#pragma once

#include <cstdint>

#include "doppio/tensor.h"

namespace doppio {

// The sum of the squares of `count` floats of host memory; the same for any
// number of threads.
double SumOfSquares(const float* values, int64_t count);

// The same for memory of a device. sum_of_squares_cpu_only.cc is the build's
// without CUDA.
double SumOfSquares(Device device, const float* values, int64_t count);

}  // namespace doppio
