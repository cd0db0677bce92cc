#pragma once

#include <cstdint>

#include "core/cuda.h"

namespace doppio {

// As CopyRows of copy_rows.h, on the GPU.
inline void CudaCopyRows(int64_t rows, int64_t length, const float* from,
                         int64_t from_stride, float* to, int64_t to_stride) {
  if (rows == 0 || length == 0) return;
  if (rows == 1) {  // whose stride may be more than cudaMemcpy2D takes, 2 GiB
    CheckCuda(cudaMemcpyAsync(to, from, length * sizeof(float),
                              cudaMemcpyDeviceToDevice, Stream()),
              "cudaMemcpy");
    return;
  }
  CheckCuda(
      cudaMemcpy2DAsync(to, to_stride * sizeof(float), from,
                        from_stride * sizeof(float), length * sizeof(float),
                        rows, cudaMemcpyDeviceToDevice, Stream()),
      "cudaMemcpy2D");
}

}  // namespace doppio
