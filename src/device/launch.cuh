#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/cuda.h"

namespace doppio {

// How a kernel is spread over a device.
struct Grid {
  dim3 blocks;
  dim3 threads;
  size_t shared_bytes = 0;  // of DynamicShared
};

constexpr int kThreads = 256;

// A thread for each of n items; those beyond the most blocks are taken by
// GridStride.
inline Grid GridFor(int64_t n) {
  constexpr int64_t kMostBlocks = 4096;
  const int64_t blocks = (n + kThreads - 1) / kThreads;
  return {
      dim3(static_cast<unsigned>(blocks < kMostBlocks ? blocks : kMostBlocks)),
      dim3(kThreads)};
}

template <typename... Parameters, typename... Arguments>
void Launch(cudaStream_t stream, const Grid& grid,
            void (*kernel)(Parameters...), Arguments&&... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid.blocks;
  config.blockDim = grid.threads;
  config.dynamicSmemBytes = grid.shared_bytes;
  config.stream = stream;
  CheckCuda(cudaLaunchKernelEx(&config, kernel,
                               std::forward<Arguments>(arguments)...),
            "kernel launch");
}

// for (int64_t i : GridStride{n}): the running thread's share of n items.
struct GridStride {
  int64_t n;

  struct Iterator {
    int64_t i;
    int64_t step;
    __device__ int64_t operator*() const { return i; }
    __device__ void operator++() { i += step; }
    __device__ bool operator!=(const Iterator& end) const { return i < end.i; }
  };
  __device__ Iterator begin() const {
    return {int64_t{blockIdx.x} * blockDim.x + threadIdx.x,
            int64_t{gridDim.x} * blockDim.x};
  }
  __device__ Iterator end() const { return {n, 0}; }
};

template <typename Body>
__global__ void ForEachKernel(int64_t n, Body body) {
  for (const int64_t i : GridStride{n}) body(i);
}

// Calls body(i), a [=] __device__ lambda, for all i in [0, n).
template <typename Body>
void ForEach(cudaStream_t stream, int64_t n, Body body) {
  if (n > 0) Launch(stream, GridFor(n), ForEachKernel<Body>, n, body);
}

}  // namespace doppio
