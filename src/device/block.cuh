#pragma once

#include <cmath>
#include <cstdint>

#include "device/launch.cuh"

// How the threads of one block work together.

namespace doppio {

struct Plus {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Larger {
  template <typename T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

// for (int64_t i : BlockStride{n}): the running thread's share of its block's n
// items.
struct BlockStride {
  int64_t n;
  __device__ GridStride::Iterator begin() const {
    return {threadIdx.x, blockDim.x};
  }
  __device__ GridStride::Iterator end() const { return {n, 0}; }
};

#ifdef DOPPIO_CUDA_EMULATED
template <typename T>
T* DynamicShared() {
  return static_cast<T*>(emulator::DynamicShared());
}
#else
// The block's Grid::shared_bytes.
template <typename T>
__device__ T* DynamicShared() {
  extern __shared__ __align__(16) unsigned char dynamic_shared[];
  return reinterpret_cast<T*>(dynamic_shared);
}
#endif

template <typename T, typename Op>
__device__ T WarpReduce(T value, Op op) {
  for (int distance = warpSize / 2; distance > 0; distance /= 2) {
    value = op(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// Every thread gets op over all threads' values, in an order that is always the
// same. Takes 32 values of T at the beginning of the dynamic shared memory; all
// threads of a block of whole warps have to call it.
template <typename T, typename Op>
__device__ T BlockReduce(T value, T identity, Op op) {
  T* per_warp = DynamicShared<T>();
  const int lane = threadIdx.x % warpSize;
  const int warp = threadIdx.x / warpSize;
  const int warps = blockDim.x / warpSize;
  value = WarpReduce(value, op);
  __syncthreads();  // everybody has read what the last call left
  if (lane == 0) per_warp[warp] = value;
  __syncthreads();
  return WarpReduce(lane < warps ? per_warp[lane] : identity, op);
}

// A block for each of n rows, with room for a BlockReduce of T.
template <typename T>
Grid BlockPerRow(int64_t rows) {
  return {dim3(static_cast<unsigned>(rows)), dim3(kThreads), 32 * sizeof(T)};
}

}  // namespace doppio
