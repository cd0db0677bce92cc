#include "device/launch.cuh"
#include "layers/shared/rows.cuh"

namespace doppio {

void CudaAddToRows(int64_t rows, int64_t columns, const float* b, float* y) {
  ForEach(Stream(), rows * columns,
          [=] __device__(int64_t i) { y[i] += b[i % columns]; });
}

// A thread for each column, so that the order of the sum is always the same.
void CudaSumRows(int64_t rows, int64_t columns, bool add, const float* x,
                 float* sums) {
  ForEach(Stream(), columns, [=] __device__(int64_t c) {
    float sum = add ? sums[c] : 0;
    for (int64_t r = 0; r < rows; ++r) sum += x[r * columns + c];
    sums[c] = sum;
  });
}

}  // namespace doppio
