#include "core/memory.h"
#include "device/block.cuh"
#include "device/update_control.h"

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

// One block.
__global__ void WriteControl(int64_t chunks, const double* sums, double squares,
                             double scale, double limit, const float* halted,
                             UpdateControl::Values* to) {
  double sum = 0;
  for (const int64_t i : BlockStride{chunks}) sum += sums[i];
  const double norm = sqrt(squares + BlockReduce(sum, 0., Plus()));
  if (threadIdx.x > 0) return;
  if (limit >= 0 && norm > limit) scale *= limit / norm;
  to->scale = static_cast<float>(scale);
  to->halted = halted == nullptr ? 0 : *halted;
  to->norm = norm;
}

}  // namespace

const UpdateControl::Values* UpdateControl::Write(
    const std::vector<FloatArray>& gradients, double squares, double scale,
    double limit, const float* halted) {
  int64_t chunks = 0;
  if (limit >= 0) {
    for (const FloatArray& a : gradients) chunks += ChunksOf(a);
  }
  Values* const to = Room(chunks);
  auto* const sums = static_cast<double*>(memory_.get());
  double* next = sums;
  for (const FloatArray& a : gradients) {
    if (limit < 0 || a.count == 0) continue;
    Launch(Stream(), BlockPerRow<double>(ChunksOf(a)), SumChunks, a.count,
           a.values, next);
    next += ChunksOf(a);
  }
  Launch(Stream(), BlockPerRow<double>(1), WriteControl, chunks, sums, squares,
         scale, limit, halted, to);
  return to;
}

UpdateControl::Values UpdateControl::Read() const {
  Values values;
  Copy(Device::kCpu, &values, Device::kCuda,
       static_cast<const double*>(memory_.get()) + chunks_, sizeof values);
  return values;
}

UpdateControl::Values* UpdateControl::Room(int64_t chunks) {
  if (chunks != chunks_) {
    memory_ = Allocate(Device::kCuda, chunks * sizeof(double) + sizeof(Values));
    chunks_ = chunks;
  }
  return reinterpret_cast<Values*>(static_cast<double*>(memory_.get()) +
                                   chunks);
}

}  // namespace doppio
