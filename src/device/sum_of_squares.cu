#include <vector>

#include "core/memory.h"
#include "device/block.cuh"
#include "device/sum_of_squares.h"

namespace doppio {
namespace {

// A block for each chunk of fixed size, so that the order of additions is
// fixed.
constexpr int64_t kChunk = 1 << 14;

__global__ void SumChunks(int64_t count, const float* values, double* sums) {
  const int64_t first = blockIdx.x * kChunk;
  const int64_t left = count - first;
  double sum = 0;
  for (const int64_t i : BlockStride{left < kChunk ? left : kChunk}) {
    sum += double{values[first + i]} * values[first + i];
  }
  sum = BlockReduce(sum, 0., Plus());
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

}  // namespace

double SumOfSquares(Device device, const float* values, int64_t count) {
  if (device == Device::kCpu) return SumOfSquares(values, count);
  if (count == 0) return 0;
  const int64_t chunks = (count + kChunk - 1) / kChunk;
  const size_t bytes = chunks * sizeof(double);
  const std::shared_ptr<void> sums = Allocate(Device::kCuda, bytes);
  Launch(Stream(), BlockPerRow<double>(chunks), SumChunks, count, values,
         static_cast<double*>(sums.get()));
  std::vector<double> on_host(chunks);
  Copy(Device::kCpu, on_host.data(), Device::kCuda, sums.get(), bytes);
  double sum = 0;
  for (const double chunk : on_host) sum += chunk;
  return sum;
}

}  // namespace doppio
