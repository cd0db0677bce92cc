#pragma once

#include <cuda_runtime_api.h>

#include "doppio/error.h"

namespace doppio {

// Throws Error unless a call of CUDA's succeeded.
inline void CheckCuda(cudaError_t status, const char* what) {
  Require(status == cudaSuccess, "CUDA's ", what,
          " failed: ", cudaGetErrorString(status));
}

// The stream of the current device on which everything runs, in order; made
// when it is first asked for.
cudaStream_t Stream();

}  // namespace doppio
