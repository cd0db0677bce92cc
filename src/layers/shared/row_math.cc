#include "layers/shared/row_math.h"

#include <algorithm>

#include "device/math.h"

namespace doppio {
namespace {

class OnCpu final : public RowMath {
 public:
  void Gemm(const Context& context, bool transpose_a, bool transpose_b,
            int64_t rows, int64_t columns, int64_t inner, const float* a,
            const float* b, float beta, float* c) const override {
    doppio::Gemm(context, transpose_a, transpose_b, rows, columns, inner, 1, a,
                 b, beta, c);
  }

  void AddToRows(int64_t rows, int64_t columns, const float* b,
                 float* y) const override {
    ParallelFor(rows, columns * 0.1, [=](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        for (int64_t c = 0; c < columns; ++c) y[r * columns + c] += b[c];
      }
    });
  }

  void ScaleRows(int64_t rows, int64_t columns, bool add, const float* factors,
                 const float* x, float* y) const override {
    ParallelFor(rows, columns * 0.2, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin * columns; i < end * columns; ++i) {
        y[i] = (add ? y[i] : 0) + factors[i / columns] * x[i];
      }
    });
  }

  void SumRows(int64_t rows, int64_t columns, bool add, const float* x,
               float* sums) const override {
    ParallelFor(columns, rows * 0.1, [=](int64_t begin, int64_t end) {
      if (!add) std::fill(sums + begin, sums + end, 0.f);
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = begin; c < end; ++c) sums[c] += x[r * columns + c];
      }
    });
  }
};

}  // namespace

const RowMath& CpuRowMath() {
  static const OnCpu math;
  return math;
}

}  // namespace doppio
