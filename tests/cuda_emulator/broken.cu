// Deliberately wrong kernels, and the right ones beside them.

#include <cstring>

#include "broken.h"
#include "device/block.cuh"

namespace doppio {
namespace {

constexpr int kBlock = 64;
const Grid kOneBlock = {dim3(1), dim3(kBlock)};

__global__ void Rotate(bool wait, const float* x, float* y) {
  __shared__ float shared[kBlock];
  shared[threadIdx.x] = x[threadIdx.x];
  if (wait) __syncthreads();
  y[threadIdx.x] = shared[(threadIdx.x + 1) % kBlock];
}

__global__ void ReverseTwice(bool wait, const float* x, float* y) {
  float* shared = DynamicShared<float>();
  shared[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  const float other = shared[kBlock - 1 - threadIdx.x];
  if (wait) __syncthreads();
  shared[threadIdx.x] = other;
  __syncthreads();
  y[threadIdx.x] = shared[kBlock - 1 - threadIdx.x];
}

__global__ void ShiftBlocks(const float* x, float* y) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  y[i / 2] = x[i];
}

__global__ void TwoBarriers(float* y) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    y[threadIdx.x] = 1;
    __syncthreads();
  }
}

__global__ void SumOfWarp(int lanes, float* y) {
  if (static_cast<int>(threadIdx.x) >= lanes) return;
  float value = 1;
  for (int d = 16; d > 0; d /= 2) {
    value += __shfl_down_sync(0xffffffffu, value, d);
  }
  y[threadIdx.x] = value;
}

__global__ void WarpAgainstBarrier(float* y) {
  if (threadIdx.x == 0) {
    __syncwarp();
  } else {
    __syncthreads();
  }
  y[threadIdx.x] = 0;
}

__global__ void Shift(int by, const float* x, float* y) {
  y[threadIdx.x] = x[threadIdx.x + by];
}

__global__ void PastShared(float* y) {
  float* shared = DynamicShared<float>();
  shared[threadIdx.x] = 1;
  y[threadIdx.x] = shared[threadIdx.x];
}

struct Pair {
  const float* from;
  float* to;
};
__global__ void CopyPair(Pair pair) {
  pair.to[threadIdx.x] = pair.from[threadIdx.x];
}

struct Padded {
  struct One {
    Pair pair;
    char last;
  };
  One all[40];  // more than the compiler unrolls
  int count;
};
__global__ void CopyPadded(Padded padded) {
  const Pair& pair = padded.all[padded.count - 1].pair;
  pair.to[threadIdx.x] = pair.from[threadIdx.x];
}

__global__ void Follow(float* const* pointers) { pointers[0][threadIdx.x] = 1; }

__global__ void CountAtomically(float* y) { atomicAdd(y, 1.f); }

__global__ void CountPlainly(float* y) { *y += 1; }

}  // namespace

void RunRotate(cudaStream_t s, bool wait, const float* x, float* y) {
  Launch(s, kOneBlock, Rotate, wait, x, y);
}
void RunReverseTwice(cudaStream_t s, bool wait, const float* x, float* y) {
  const Grid grid = {dim3(1), dim3(kBlock), kBlock * sizeof(float)};
  Launch(s, grid, ReverseTwice, wait, x, y);
}
void RunShiftBlocks(cudaStream_t s, const float* x, float* y) {
  Launch(s, {dim3(64), dim3(1)}, ShiftBlocks, x, y);
}
void RunTwoBarriers(cudaStream_t s, float* y) {
  Launch(s, kOneBlock, TwoBarriers, y);
}
void RunSumOfWarp(cudaStream_t s, int lanes, float* y) {
  Launch(s, {dim3(1), dim3(32)}, SumOfWarp, lanes, y);
}
void RunWarpAgainstBarrier(cudaStream_t s, float* y) {
  Launch(s, kOneBlock, WarpAgainstBarrier, y);
}
void RunShift(cudaStream_t s, int by, const float* x, float* y) {
  Launch(s, kOneBlock, Shift, by, x, y);
}
void RunPastShared(cudaStream_t s, float* y) {
  const Grid grid = {dim3(1), dim3(kBlock), (kBlock - 1) * sizeof(float)};
  Launch(s, grid, PastShared, y);
}
void RunCopyPair(cudaStream_t s, const float* x, float* y) {
  Launch(s, kOneBlock, CopyPair, Pair{x, y});
}
void RunPadded(cudaStream_t s, const void* padding, const float* x, float* y) {
  Padded padded = {};
  for (Padded::One& one : padded.all) {
    std::memcpy(&one.last, &padding, sizeof padding);
    one.last = 1;
    one.pair = {x, y};
  }
  padded.count = 40;
  Launch(s, kOneBlock, CopyPadded, padded);
}
void RunClosure(cudaStream_t s, const float* x, float* y) {
  ForEach(s, kBlock, [=] __device__(int64_t i) { y[i] = 2 * x[i]; });
}
void RunFollow(cudaStream_t s, float* const* pointers) {
  Launch(s, kOneBlock, Follow, pointers);
}
void RunCount(cudaStream_t s, bool atomically, float* y) {
  Launch(s, kOneBlock, atomically ? CountAtomically : CountPlainly, y);
}

namespace {

__global__ void SumRows(int columns, const float* x, float* y) {
  float sum = 0;
  for (const int64_t i : BlockStride{columns}) {
    sum += x[int64_t{blockIdx.x} * columns + i];
  }
  sum = BlockReduce(sum, 0.f, Plus());
  if (threadIdx.x == 0) y[blockIdx.x] = sum;
}

}  // namespace

void RunSumRows(cudaStream_t s, int rows, int columns, const float* x,
                float* y) {
  Launch(s, BlockPerRow<float>(rows), SumRows, columns, x, y);
}

}  // namespace doppio
