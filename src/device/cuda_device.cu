#include <cublas_v2.h>

#include <algorithm>
#include <sstream>

#include "core/memory.h"
#include "device/blas_workspace.cuh"
#include "device/cuda_device.h"
#include "device/cuda_math.cuh"
#include "device/cuda_workspace.cuh"
#include "device/deferred_faults.cuh"
#include "device/launch.cuh"
#include "device/onednn.h"

namespace doppio {

struct CudaLibraries {
  CudaLibraries() {
    Require(cublasCreate(&blas) == CUBLAS_STATUS_SUCCESS,
            "cuBLAS cannot be used on this GPU");
    cublasSetStream(blas, Stream());
  }
  ~CudaLibraries() { cublasDestroy(blas); }
  CudaLibraries(const CudaLibraries&) = delete;
  CudaLibraries& operator=(const CudaLibraries&) = delete;

  cublasHandle_t blas = nullptr;
  bool allow_tf32 = false;  // to products of floats
  CudaWorkspaces workspaces;
  std::shared_ptr<void> cudnn;  // its handle, from the first convolution on
  std::shared_ptr<void> blas_workspace;
  float* deferred_faults = nullptr;
};

namespace {

// Throws Error unless a call of cuBLAS succeeded.
void CheckBlas(cublasStatus_t status) {
  // It allocates memory of its own when it first needs it.
  Require(status != CUBLAS_STATUS_ALLOC_FAILED &&
              status != CUBLAS_STATUS_NOT_INITIALIZED,
          "the GPU has no room for cuBLAS; make the batch smaller");
  Require(status == CUBLAS_STATUS_SUCCESS,
          "a product by cuBLAS failed: ", cublasGetStatusString(status));
}

cudaDataType_t TypeOf(Precision precision) {
  if (precision == BF16) return CUDA_R_16BF;
  return precision == FP16 ? CUDA_R_16F : CUDA_R_32F;
}

}  // namespace

bool BuiltWithCuda() { return true; }

std::string WhyNoCuda() {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status == cudaSuccess && count > 0) return {};
  // Not left for the next call to find.
  cudaGetLastError();
  return std::string("this machine has no GPU that CUDA can use (") +
         cudaGetErrorString(status) + ")";
}

int CountGpus() {
  int count = 0;
  if (WhyNoCuda().empty()) cudaGetDeviceCount(&count);
  return count;
}

int CurrentGpu() {
  int number = 0;
  CheckCuda(cudaGetDevice(&number), "cudaGetDevice");
  return number;
}

std::string DescribeGpu(int number) {
  cudaDeviceProp p = {};
  CheckCuda(cudaGetDeviceProperties(&p, number), "cudaGetDeviceProperties");
  int version = 0;
  CheckCuda(cudaRuntimeGetVersion(&version), "cudaRuntimeGetVersion");
  std::ostringstream line;
  line << "cuda:" << number << ": " << p.name << ", compute capability "
       << p.major << "." << p.minor << ", " << p.multiProcessorCount
       << " multiprocessors, " << (p.totalGlobalMem >> 20) << " MiB, CUDA "
       << version / 1000 << "." << version % 1000 / 10;
  return line.str();
}

bool GpuHasBf16() {
  cudaDeviceProp p = {};
  CheckCuda(cudaGetDeviceProperties(&p, CurrentGpu()),
            "cudaGetDeviceProperties");
  return p.major >= 8;
}

void UseCudaDevice(int number) {
  const std::string why = WhyNoCuda();
  Require(why.empty(), why, "; run with --device=cpu");
  const int count = CountGpus();
  Require(number < count, "there is no GPU ", number, "; this machine has ",
          count, ", counted from 0");
  CheckCuda(cudaSetDevice(number), "cudaSetDevice");
}

std::shared_ptr<CudaLibraries> OpenCuda() {
  const std::string why = WhyNoCuda();
  Require(why.empty(), why, "; run with --device=cpu");
  return std::make_shared<CudaLibraries>();
}

void AllowTf32(const Context& context) {
  context.libraries().cuda->allow_tf32 = true;
}

bool Tf32Allowed(const Context& context) {
  return context.libraries().cuda->allow_tf32;
}

size_t ScratchBytes(const CudaLibraries& libraries) {
  return libraries.workspaces.first.planned_bytes() +
         libraries.workspaces.second.planned_bytes();
}

CudaWorkspaces& WorkspacesOf(const Context& context) {
  return context.libraries().cuda->workspaces;
}

std::shared_ptr<void>& CudnnHandleOf(const Context& context) {
  return context.libraries().cuda->cudnn;
}

void GiveBlasWorkspace(const Context& context) {
  constexpr size_t kBytes = size_t{32} << 20;  // as cuBLAS takes on an H100
  CudaLibraries& libraries = *context.libraries().cuda;
  if (libraries.blas_workspace != nullptr) return;
  libraries.blas_workspace = Allocate(Device::kCuda, kBytes);
  CheckBlas(cublasSetWorkspace(libraries.blas, libraries.blas_workspace.get(),
                               kBytes));
}

float*& DeferredFaults(const Context& context) {
  return context.libraries().cuda->deferred_faults;
}

void CudaGemm(const Context& context, bool transpose_a, bool transpose_b,
              int64_t rows, int64_t columns, int64_t inner, float alpha,
              const Operand& a, const Operand& b, float beta, float* c,
              const Batch& batch) {
  if (rows == 0 || columns == 0) return;
  if (inner == 0) {  // an empty sum, for each matrix of the batch
    for (int i = 0; i < batch.count; ++i) {
      ForEach(Stream(), rows * columns,
              [=, to = c + i * batch.c] __device__(int64_t j) {
                to[j] = beta == 0 ? 0 : beta * to[j];
              });
    }
    return;
  }
  const auto leading = [](int64_t n) {
    return static_cast<int>(std::max<int64_t>(1, n));
  };
  // cuBLAS counts column by column: it computes the transpose, C' = B' A'.
  const CudaLibraries& cuda = *context.libraries().cuda;
  const cublasOperation_t op_a = transpose_a ? CUBLAS_OP_T : CUBLAS_OP_N;
  const cublasOperation_t op_b = transpose_b ? CUBLAS_OP_T : CUBLAS_OP_N;
  const int m = static_cast<int>(columns), n = static_cast<int>(rows);
  const int k = static_cast<int>(inner);
  const int ld_a = leading(transpose_a ? rows : inner);
  const int ld_b = leading(transpose_b ? inner : columns);
  const cudaDataType_t type_a = TypeOf(a.precision);
  const cudaDataType_t type_b = TypeOf(b.precision);
  const cublasComputeType_t compute = cuda.allow_tf32 && type_a == CUDA_R_32F
                                          ? CUBLAS_COMPUTE_32F_FAST_TF32
                                          : CUBLAS_COMPUTE_32F;
  if (batch.count == 1) {  // which may be split along k, to fill the device
    CheckBlas(cublasGemmEx(cuda.blas, op_b, op_a, m, n, k, &alpha, b.elements,
                           type_b, ld_b, a.elements, type_a, ld_a, &beta, c,
                           CUDA_R_32F, leading(columns), compute,
                           CUBLAS_GEMM_DEFAULT));
    return;
  }
  CheckBlas(cublasGemmStridedBatchedEx(
      cuda.blas, op_b, op_a, m, n, k, &alpha, b.elements, type_b, ld_b, batch.b,
      a.elements, type_a, ld_a, batch.a, &beta, c, CUDA_R_32F, leading(columns),
      batch.c, batch.count, compute, CUBLAS_GEMM_DEFAULT));
}

}  // namespace doppio
