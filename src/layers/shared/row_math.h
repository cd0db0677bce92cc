#pragma once

#include <cstdint>

#include "doppio/context.h"

namespace doppio {

// The arithmetic of matrices, rows x columns and row-major, that recurrent
// layers are made of: each device has its own.
class RowMath {
 public:
  virtual ~RowMath() = default;

  // As Gemm of device/math.h, with alpha 1.
  virtual void Gemm(const Context& context, bool transpose_a, bool transpose_b,
                    int64_t rows, int64_t columns, int64_t inner,
                    const float* a, const float* b, float beta,
                    float* c) const = 0;

  // y += b (columns), for each row.
  virtual void AddToRows(int64_t rows, int64_t columns, const float* b,
                         float* y) const = 0;

  // y = x, each row times its factor; with `add`, y += that.
  virtual void ScaleRows(int64_t rows, int64_t columns, bool add,
                         const float* factors, const float* x,
                         float* y) const = 0;

  // sums (columns) = the sums over rows; with `add`, sums += that.
  virtual void SumRows(int64_t rows, int64_t columns, bool add, const float* x,
                       float* sums) const = 0;
};

const RowMath& CpuRowMath();
const RowMath& CudaRowMath();

}  // namespace doppio
