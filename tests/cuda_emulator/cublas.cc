// The functions of cuBLAS that are in use, computed by oneDNN.

#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <dnnl.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "device_memory.h"
#include "emulator.h"
#include "report.h"
#include "settings.h"

struct cublasContext {
  cudaStream_t stream = nullptr;
};

namespace {

struct Matrix {
  const void* data;
  cudaDataType_t type;
  int rows, columns, leading;  // as it lies, column by column
  long long stride;            // to the next of the batch
};

size_t SizeOf(cudaDataType_t type) { return type == CUDA_R_32F ? 4 : 2; }

// Whether a batch of such matrices lies in device memory.
bool Fits(const char* name, const Matrix& m, int batch) {
  const size_t last = size_t(m.leading) * (m.columns - 1) + m.rows;
  const size_t elements = size_t(m.stride) * (batch - 1) + last;
  if (emulator::IsDevice(m.data, elements * SizeOf(m.type))) return true;
  emulator::Report(std::string("cuBLAS: ") + name +
                   " is not in device memory, or passes its allocation's end");
  return false;
}

// To the nearest of 11 significant bits, as tensor cores take floats.
float RoundedToTf32(float value) {
  if (!std::isfinite(value)) return value;
  uint32_t word;
  std::memcpy(&word, &value, sizeof word);
  word = (word + 0x1000) & ~uint32_t{0x1fff};
  std::memcpy(&value, &word, sizeof word);
  return value;
}

float Element(const Matrix& m, long long at, bool tf32) {
  if (m.type == CUDA_R_16F) return static_cast<const __half*>(m.data)[at];
  if (m.type == CUDA_R_16BF) {
    return static_cast<const __nv_bfloat16*>(m.data)[at];
  }
  const float value = static_cast<const float*>(m.data)[at];
  return tf32 ? RoundedToTf32(value) : value;
}

// What a product sees of a matrix: itself, or a copy as floats.
struct Seen {
  Seen(const Matrix& m, int i, bool tf32) : leading(m.leading) {
    if (m.type == CUDA_R_32F && !tf32) {
      data = static_cast<const float*>(m.data) + i * m.stride;
      return;
    }
    leading = m.rows;
    copy.reserve(size_t(m.rows) * m.columns);
    for (long long c = 0; c < m.columns; ++c) {
      for (int r = 0; r < m.rows; ++r) {
        copy.push_back(Element(m, i * m.stride + c * m.leading + r, tf32));
      }
    }
    data = copy.data();
  }

  const float* data;
  int leading;
  std::vector<float> copy;
};

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

cublasStatus_t cublasSetWorkspace(cublasHandle_t, void* memory, size_t bytes) {
  return emulator::IsDevice(memory, bytes) ? CUBLAS_STATUS_SUCCESS
                                           : CUBLAS_STATUS_INVALID_VALUE;
}

cublasStatus_t cublasGemmStridedBatchedEx(
    cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
    int m, int n, int k, const void* alpha, const void* a,
    cudaDataType_t type_a, int lda, long long stride_a, const void* b,
    cudaDataType_t type_b, int ldb, long long stride_b, const void* beta,
    void* c, cudaDataType_t type_c, int ldc, long long stride_c, int batch,
    cublasComputeType_t compute, cublasGemmAlgo_t) {
  if (Answer() != CUBLAS_STATUS_SUCCESS) return Answer();
  const bool ta = op_a != CUBLAS_OP_N, tb = op_b != CUBLAS_OP_N;
  const Matrix x{a, type_a, ta ? k : m, ta ? m : k, lda, stride_a};
  const Matrix y{b, type_b, tb ? n : k, tb ? k : n, ldb, stride_b};
  const Matrix z{c, type_c, m, n, ldc, stride_c};
  if (m < 0 || n < 0 || k < 0 || batch < 0 || lda < x.rows || ldb < y.rows ||
      ldc < m) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const bool may_tf32 = compute == CUBLAS_COMPUTE_32F_FAST_TF32;
  if (type_a != type_b || type_c != CUDA_R_32F ||
      (may_tf32 ? type_a != CUDA_R_32F : compute != CUBLAS_COMPUTE_32F)) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  const bool ampere = emulator::settings().capability >= 80;
  if (type_a == CUDA_R_16BF && !ampere) return CUBLAS_STATUS_ARCH_MISMATCH;
  if (m == 0 || n == 0 || k == 0 || batch == 0) return CUBLAS_STATUS_SUCCESS;
  if (!Fits("A", x, batch) || !Fits("B", y, batch) || !Fits("C", z, batch)) {
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  emulator::Library(handle->stream, "a product", {a, b}, c,
                    [=, alpha = *static_cast<const float*>(alpha),
                     beta = *static_cast<const float*>(beta)] {
                      for (int i = 0; i < batch; ++i) {
                        const Seen left(x, i, may_tf32 && ampere);
                        const Seen right(y, i, may_tf32 && ampere);
                        // Column by column is the transposed product row by
                        // row.
                        dnnl_sgemm(Transposed(op_b), Transposed(op_a), n, m, k,
                                   alpha, right.data, right.leading, left.data,
                                   left.leading, beta,
                                   static_cast<float*>(c) + i * stride_c, ldc);
                      }
                    });
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a,
                            cublasOperation_t op_b, int m, int n, int k,
                            const void* alpha, const void* a,
                            cudaDataType_t type_a, int lda, const void* b,
                            cudaDataType_t type_b, int ldb, const void* beta,
                            void* c, cudaDataType_t type_c, int ldc,
                            cublasComputeType_t compute,
                            cublasGemmAlgo_t algo) {
  return cublasGemmStridedBatchedEx(handle, op_a, op_b, m, n, k, alpha, a,
                                    type_a, lda, 0, b, type_b, ldb, 0, beta, c,
                                    type_c, ldc, 0, 1, compute, algo);
}

const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "a call failed";
}

}  // extern "C"
