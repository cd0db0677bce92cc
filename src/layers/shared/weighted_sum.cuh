#pragma once

#include <cstdint>
#include <vector>

namespace doppio {

// As WeightedSum of weighted_sum.h, on the GPU.
void CudaWeightedSum(const std::vector<const float*>& terms,
                     const std::vector<float>& weights, int64_t n, float* y);

}  // namespace doppio
