#include "device/cuda_math.cuh"
#include "device/launch.cuh"
#include "layers/shared/row_math.h"
#include "layers/shared/rows.cuh"

namespace doppio {
namespace {

void Scaled(int64_t rows, int64_t columns, bool add, const float* factors,
            const float* x, float* y) {
  ForEach(Stream(), rows * columns, [=] __device__(int64_t i) {
    y[i] = (add ? y[i] : 0) + factors[i / columns] * x[i];
  });
}

class OnCuda final : public RowMath {
 public:
  void Gemm(const Context& context, bool transpose_a, bool transpose_b,
            int64_t rows, int64_t columns, int64_t inner, const float* a,
            const float* b, float beta, float* c) const override {
    CudaGemm(context, transpose_a, transpose_b, rows, columns, inner, 1, a, b,
             beta, c);
  }
  void AddToRows(int64_t rows, int64_t columns, const float* b,
                 float* y) const override {
    CudaAddToRows(rows, columns, b, y);
  }
  void ScaleRows(int64_t rows, int64_t columns, bool add, const float* factors,
                 const float* x, float* y) const override {
    Scaled(rows, columns, add, factors, x, y);
  }
  void SumRows(int64_t rows, int64_t columns, bool add, const float* x,
               float* sums) const override {
    CudaSumRows(rows, columns, add, x, sums);
  }
};

}  // namespace

const RowMath& CudaRowMath() {
  static const OnCuda math;
  return math;
}

}  // namespace doppio
