#pragma once

#include <cudnn.h>

#include "doppio/context.h"

// For builds with cuDNN only.
namespace doppio {

// On the context's GPU and stream; opened by the first call. Throws Error if
// the GPU is none for cuDNN.
cudnnHandle_t CudnnOf(const Context& context);

// Throws Error unless a call of cuDNN succeeded.
void CheckCudnn(cudnnStatus_t status);

// A descriptor of cuDNN's, and its end.
template <typename Handle, cudnnStatus_t (*create)(Handle*),
          cudnnStatus_t (*destroy)(Handle)>
class CudnnDescriptor {
 public:
  CudnnDescriptor() { CheckCudnn(create(&handle_)); }
  ~CudnnDescriptor() { destroy(handle_); }
  CudnnDescriptor(const CudnnDescriptor&) = delete;
  CudnnDescriptor& operator=(const CudnnDescriptor&) = delete;
  operator Handle() const { return handle_; }

 private:
  Handle handle_ = nullptr;
};

using CudnnTensor =
    CudnnDescriptor<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor,
                    cudnnDestroyTensorDescriptor>;
using CudnnFilter =
    CudnnDescriptor<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor,
                    cudnnDestroyFilterDescriptor>;
using CudnnConvolution = CudnnDescriptor<cudnnConvolutionDescriptor_t,
                                         cudnnCreateConvolutionDescriptor,
                                         cudnnDestroyConvolutionDescriptor>;

}  // namespace doppio
