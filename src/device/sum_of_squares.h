#pragma once

#include <cstdint>
#include <vector>

#include "doppio/tensor.h"

namespace doppio {

// The sum of the squares of `count` floats of host memory; the same for any
// number of threads.
double SumOfSquares(const float* values, int64_t count);

struct FloatArray {
  const float* values;
  int64_t count;
};

// The same of several arrays in the memory of a device, for which the host
// waits once. sum_of_squares_cpu_only.cc is the build's without CUDA.
double SumOfSquares(Device device, const std::vector<FloatArray>& arrays);

}  // namespace doppio
