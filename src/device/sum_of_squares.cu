#include <vector>

#include "core/memory.h"
#include "device/block.cuh"
#include "device/sum_of_squares.h"

namespace doppio {
namespace {

// A block for each chunk of fixed size, so that the order of additions is
// fixed.
constexpr int64_t kChunk = 1 << 14;

int64_t ChunksOf(const FloatArray& a) {
  return (a.count + kChunk - 1) / kChunk;
}

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

double SumOfSquares(Device device, const std::vector<FloatArray>& arrays) {
  double sum = 0;
  if (device == Device::kCpu) {
    for (const FloatArray& a : arrays) sum += SumOfSquares(a.values, a.count);
    return sum;
  }
  int64_t chunks = 0;
  for (const FloatArray& a : arrays) chunks += ChunksOf(a);
  std::vector<double> on_host(chunks);
  const size_t bytes = chunks * sizeof(double);
  const std::shared_ptr<void> memory = Allocate(Device::kCuda, bytes);
  auto* sums = static_cast<double*>(memory.get());
  for (const FloatArray& a : arrays) {
    if (a.count == 0) continue;
    Launch(Stream(), BlockPerRow<double>(ChunksOf(a)), SumChunks, a.count,
           a.values, sums);
    sums += ChunksOf(a);
  }
  Copy(Device::kCpu, on_host.data(), Device::kCuda, memory.get(), bytes);
  for (const double chunk : on_host) sum += chunk;
  return sum;
}

}  // namespace doppio
