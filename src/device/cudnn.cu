#include "core/cuda.h"
#include "device/cuda_workspace.cuh"
#include "device/cudnn.cuh"

namespace doppio {
namespace {

std::shared_ptr<void> OpenCudnn() {
  cudnnHandle_t handle = nullptr;
  const cudnnStatus_t status = cudnnCreate(&handle);
  Require(status == CUDNN_STATUS_SUCCESS, "cuDNN cannot be used on this GPU (",
          cudnnGetErrorString(status),
          "); configure with -DDOPPIO_CUDNN=OFF to do without it");
  std::shared_ptr<void> owner(
      handle, [](void* p) { cudnnDestroy(static_cast<cudnnHandle_t>(p)); });
  CheckCudnn(cudnnSetStream(handle, Stream()));
  return owner;
}

}  // namespace

cudnnHandle_t CudnnOf(const Context& context) {
  std::shared_ptr<void>& handle = CudnnHandleOf(context);
  if (!handle) handle = OpenCudnn();
  return static_cast<cudnnHandle_t>(handle.get());
}

void CheckCudnn(cudnnStatus_t status) {
  Require(status != CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED,
          "the GPU has no room for cuDNN; make the batch smaller");
  Require(status == CUDNN_STATUS_SUCCESS,
          "a convolution by cuDNN failed: ", cudnnGetErrorString(status));
}

}  // namespace doppio
