#include "layers/shared/rows.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {

void CudaAddToRows(int64_t rows, int64_t columns, const float* b, float* y) {
  ForEach(Stream(), rows * columns,
          [=] __device__(int64_t i) { y[i] += b[i % columns]; });
}

// A thread for each column, or a block where that takes long, so that the order
// of the sum is always the same.
void CudaSumRows(int64_t rows, int64_t columns, bool add, const float* x,
                 float* sums) {
  constexpr int64_t kMostRows = 1024;  // for a thread
  if (rows > kMostRows && columns > 0) {
    const ChannelTerm<ElementOf> term{columns, 1, {x}};
    const int64_t slices = 1;
    Launch(Stream(), BlockPerRow<double>(columns),
           SumSlices<ChannelTerm<ElementOf>, StoreSum>, rows, slices, term,
           StoreSum{sums, add});
    return;
  }
  ForEach(Stream(), columns, [=] __device__(int64_t c) {
    float sum = add ? sums[c] : 0;
    for (int64_t r = 0; r < rows; ++r) sum += x[r * columns + c];
    sums[c] = sum;
  });
}

}  // namespace doppio
