// The functions of cuBLAS that are in use, computed by oneDNN.

#include <cublas_v2.h>
#include <dnnl.h>

#include "device_memory.h"
#include "emulator.h"
#include "report.h"
#include "settings.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
  cublasMath_t math = CUBLAS_DEFAULT_MATH;
};

namespace {

struct Matrix {
  const float* data;
  int rows, columns, leading;  // as it lies, column by column
  long long stride;            // to the next of the batch
};

// Whether a batch of such matrices lies in device memory.
bool Fits(const char* name, const Matrix& m, int batch) {
  const size_t last = size_t(m.leading) * (m.columns - 1) + m.rows;
  const size_t floats = size_t(m.stride) * (batch - 1) + last;
  if (emulator::IsDevice(m.data, floats * sizeof(float))) return true;
  emulator::Report(std::string("cublasSgemm: ") + name +
                   " is not in device memory, or passes its allocation's end");
  return false;
}

cublasStatus_t Answer() {
  return static_cast<cublasStatus_t>(emulator::settings().cublas_answers);
}

char Transposed(cublasOperation_t operation) {
  return operation == CUBLAS_OP_N ? 'N' : 'T';
}

}  // namespace

extern "C" {

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  if (Answer() != CUBLAS_STATUS_SUCCESS) return Answer();
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  handle->stream = stream;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t math) {
  handle->math = math;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace(cublasHandle_t, void* memory, size_t bytes) {
  return emulator::IsDevice(memory, bytes) ? CUBLAS_STATUS_SUCCESS
                                           : CUBLAS_STATUS_INVALID_VALUE;
}
cublasStatus_t cublasSgemmStridedBatched(
    cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
    int m, int n, int k, const float* alpha, const float* a, int lda,
    long long stride_a, const float* b, int ldb, long long stride_b,
    const float* beta, float* c, int ldc, long long stride_c, int batch) {
  if (Answer() != CUBLAS_STATUS_SUCCESS) return Answer();
  const bool ta = op_a != CUBLAS_OP_N, tb = op_b != CUBLAS_OP_N;
  const Matrix x{a, ta ? k : m, ta ? m : k, lda, stride_a};
  const Matrix y{b, tb ? n : k, tb ? k : n, ldb, stride_b};
  const Matrix z{c, m, n, ldc, stride_c};
  if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < x.rows || ldb < y.rows ||
      ldc < m) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  if (m == 0 || n == 0 || k == 0 || batch == 0) return CUBLAS_STATUS_SUCCESS;
  if (!Fits("A", x, batch) || !Fits("B", y, batch) || !Fits("C", z, batch)) {
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  emulator::Library(handle->stream, "cublasSgemm", {a, b}, c,
                    [=, alpha = *alpha, beta = *beta] {
                      for (int i = 0; i < batch; ++i) {
                        // Column by column is the transposed product row by
                        // row.
                        dnnl_sgemm(Transposed(op_b), Transposed(op_a), n, m, k,
                                   alpha, b + i * stride_b, ldb,
                                   a + i * stride_a, lda, beta,
                                   c + i * stride_c, ldc);
                      }
                    });
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t op_a,
                           cublasOperation_t op_b, int m, int n, int k,
                           const float* alpha, const float* a, int lda,
                           const float* b, int ldb, const float* beta, float* c,
                           int ldc) {
  return cublasSgemmStridedBatched(handle, op_a, op_b, m, n, k, alpha, a, lda,
                                   0, b, ldb, 0, beta, c, ldc, 0, 1);
}

const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "a call failed";
}

}  // extern "C"
