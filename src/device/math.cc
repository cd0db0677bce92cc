#include "device/math.h"

#include <dnnl.h>
#include <glog/logging.h>
#include <omp.h>

#include <algorithm>

namespace doppio {

void Gemm(const Context&, bool transpose_a, bool transpose_b, int64_t rows,
          int64_t columns, int64_t inner, float alpha, const float* a,
          const float* b, float beta, float* c) {
  if (rows == 0 || columns == 0) return;
  // oneDNN takes no empty sums.
  if (inner == 0) {
    for (int64_t i = 0; i < rows * columns; ++i) {
      c[i] = beta == 0 ? 0 : beta * c[i];
    }
    return;
  }
  const int64_t lda = std::max<int64_t>(1, transpose_a ? rows : inner);
  const int64_t ldb = std::max<int64_t>(1, transpose_b ? inner : columns);
  const dnnl_status_t status = dnnl_sgemm(
      transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', rows, columns, inner,
      alpha, a, lda, b, ldb, beta, c, std::max<int64_t>(1, columns));
  CHECK_EQ(status, dnnl_success);
}

void ThreadPart(int64_t n, int64_t* begin, int64_t* end) {
  const int64_t threads = omp_get_num_threads();
  const int64_t thread = omp_get_thread_num();
  *begin = n * thread / threads;
  *end = n * (thread + 1) / threads;
}

}  // namespace doppio
