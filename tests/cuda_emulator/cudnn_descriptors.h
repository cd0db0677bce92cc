#pragma once

#include <cudnn.h>

#include <vector>

#include "convolution.h"

struct cudnnContext {
  cudaStream_t stream = nullptr;
};
struct cudnnTensorStruct {
  std::vector<int> extents;  // empty until it is set
};
struct cudnnFilterStruct {
  std::vector<int> extents;
};
struct cudnnConvolutionStruct {
  std::vector<int> pad, stride, dilation;
  int groups = 1;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};

namespace emulator {

constexpr cudnnStatus_t kSuccess = CUDNN_STATUS_SUCCESS;

// What every call answers that could fail, instead of working.
cudnnStatus_t CudnnAnswer();

// The convolution of x by w to y, if the descriptors fit together.
cudnnStatus_t Describe(cudnnHandle_t handle, cudnnTensorDescriptor_t x,
                       cudnnFilterDescriptor_t w,
                       cudnnConvolutionDescriptor_t given,
                       cudnnTensorDescriptor_t y, Convolution* c);

}  // namespace emulator
