#pragma once

#include <cstdint>

namespace doppio {

// y (rows x columns) += b (columns), for each row.
void CudaAddToRows(int64_t rows, int64_t columns, const float* b, float* y);

// The sums over rows, written or added to.
void CudaSumRows(int64_t rows, int64_t columns, bool add, const float* x,
                 float* sums);

}  // namespace doppio
