// What cuDNN's descriptors say, and whether they fit together.

#include "cudnn_descriptors.h"

#include <limits>
#include <mutex>
#include <set>

#include "settings.h"

using namespace emulator;
using Extents = std::vector<int>;

namespace {

// What was created and not destroyed.
class Registry {
 public:
  template <typename T>
  cudnnStatus_t Create(T** handle) {
    if (handle == nullptr) return CUDNN_STATUS_BAD_PARAM_NULL_POINTER;
    const std::lock_guard<std::mutex> lock(mutex_);
    live_.insert(*handle = new T);
    return kSuccess;
  }
  template <typename T>
  cudnnStatus_t Destroy(T* handle) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (live_.erase(handle) == 0) return CUDNN_STATUS_BAD_PARAM;
    delete handle;
    return kSuccess;
  }
  bool Has(const void* handle) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return live_.count(handle) > 0;
  }

 private:
  std::mutex mutex_;
  std::set<const void*> live_;
};

Registry& live() {
  static auto* registry = new Registry;
  return *registry;
}

bool AreAtLeast(int least, const Extents& numbers) {
  for (const int n : numbers) {
    if (n < least) return false;
  }
  return true;
}

// Extents of a tensor or filter: four or five of them, of fewer than 2^31
// floats.
cudnnStatus_t SetExtents(cudnnDataType_t type, cudnnTensorFormat_t format,
                         int count, const int* given, Extents* extents) {
  if (count < 4 || count > 5 || given == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (type != CUDNN_DATA_FLOAT || format != CUDNN_TENSOR_NCHW) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  const Extents numbers(given, given + count);
  if (!AreAtLeast(1, numbers)) return CUDNN_STATUS_BAD_PARAM;
  double floats = 1;
  for (const int n : numbers) floats *= n;
  if (floats > std::numeric_limits<int>::max()) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  *extents = numbers;
  return kSuccess;
}

}  // namespace

namespace emulator {

cudnnStatus_t CudnnAnswer() {
  return static_cast<cudnnStatus_t>(settings().cudnn_answers);
}

cudnnStatus_t Describe(cudnnHandle_t handle, cudnnTensorDescriptor_t x_given,
                       cudnnFilterDescriptor_t w_given,
                       cudnnConvolutionDescriptor_t given,
                       cudnnTensorDescriptor_t y_given, Convolution* c) {
  if (!live().Has(handle) || !live().Has(x_given) || !live().Has(w_given) ||
      !live().Has(given) || !live().Has(y_given)) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  const Extents &x = x_given->extents, &w = w_given->extents,
                &y = y_given->extents;
  const size_t axes = given->pad.size();
  if (axes == 0 || x.size() != axes + 2 || w.size() != axes + 2 ||
      y.size() != axes + 2 || y[0] != x[0] || y[1] != w[0] ||
      x[1] != w[1] * given->groups || w[0] % given->groups != 0) {
    return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
  }
  c->images = x[0];
  c->groups = given->groups;
  c->channels = w[1];
  c->outputs = w[0] / given->groups;
  c->tf32 = given->math != CUDNN_FMA_MATH;
  for (size_t i = 0; i < axes; ++i) {
    const size_t a = 3 - axes + i;
    c->in[a] = x[2 + i];
    c->out[a] = y[2 + i];
    c->kernel[a] = w[2 + i];
    c->stride[a] = given->stride[i];
    c->pad[a] = given->pad[i];
    c->dilation[a] = given->dilation[i];
    const int slack =
        c->in[a] + 2 * c->pad[a] - c->dilation[a] * (c->kernel[a] - 1) - 1;
    if (slack < 0 || c->out[a] != slack / c->stride[a] + 1) {
      return CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH;
    }
  }
  return kSuccess;
}

}  // namespace emulator

extern "C" {

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  return CudnnAnswer() == kSuccess ? live().Create(handle) : CudnnAnswer();
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  return live().Destroy(handle);
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  if (!live().Has(handle)) return CUDNN_STATUS_BAD_PARAM;
  handle->stream = stream;
  return kSuccess;
}

const char* cudnnGetErrorString(cudnnStatus_t status) {
  switch (CUDNN_STATUS_CATEGORY(status)) {
    case 0:
      return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_BAD_PARAM:
      return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED:
      return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_EXECUTION_FAILED:
      return "CUDNN_STATUS_EXECUTION_FAILED";
    default:
      return "CUDNN_STATUS_INTERNAL_ERROR";
  }
}

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* tensor) {
  return live().Create(tensor);
}
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t tensor) {
  return live().Destroy(tensor);
}
cudnnStatus_t cudnnSetTensorNdDescriptorEx(cudnnTensorDescriptor_t tensor,
                                           cudnnTensorFormat_t format,
                                           cudnnDataType_t type, int count,
                                           const int* extents) {
  if (!live().Has(tensor)) return CUDNN_STATUS_BAD_PARAM;
  return SetExtents(type, format, count, extents, &tensor->extents);
}

cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* filter) {
  return live().Create(filter);
}
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t filter) {
  return live().Destroy(filter);
}
cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t filter,
                                         cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int count,
                                         const int* extents) {
  if (!live().Has(filter)) return CUDNN_STATUS_BAD_PARAM;
  return SetExtents(type, format, count, extents, &filter->extents);
}

cudnnStatus_t cudnnCreateConvolutionDescriptor(
    cudnnConvolutionDescriptor_t* convolution) {
  return live().Create(convolution);
}
cudnnStatus_t cudnnDestroyConvolutionDescriptor(
    cudnnConvolutionDescriptor_t convolution) {
  return live().Destroy(convolution);
}
cudnnStatus_t cudnnSetConvolutionNdDescriptor(
    cudnnConvolutionDescriptor_t convolution, int axes, const int* pad,
    const int* stride, const int* dilation, cudnnConvolutionMode_t mode,
    cudnnDataType_t type) {
  if (!live().Has(convolution) || axes < 2 || axes > 3) {
    return CUDNN_STATUS_BAD_PARAM;
  }
  if (mode != CUDNN_CROSS_CORRELATION || type != CUDNN_DATA_FLOAT) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  convolution->pad.assign(pad, pad + axes);
  convolution->stride.assign(stride, stride + axes);
  convolution->dilation.assign(dilation, dilation + axes);
  const bool sound = AreAtLeast(0, convolution->pad) &&
                     AreAtLeast(1, convolution->stride) &&
                     AreAtLeast(1, convolution->dilation);
  return sound ? kSuccess : CUDNN_STATUS_BAD_PARAM;
}
cudnnStatus_t cudnnSetConvolutionGroupCount(
    cudnnConvolutionDescriptor_t convolution, int groups) {
  if (!live().Has(convolution) || groups < 1) return CUDNN_STATUS_BAD_PARAM;
  convolution->groups = groups;
  return kSuccess;
}
cudnnStatus_t cudnnSetConvolutionMathType(
    cudnnConvolutionDescriptor_t convolution, cudnnMathType_t math) {
  if (!live().Has(convolution)) return CUDNN_STATUS_BAD_PARAM;
  convolution->math = math;
  return kSuccess;
}

}  // extern "C"
