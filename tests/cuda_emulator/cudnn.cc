// The convolutions of cuDNN.

#include <cudnn.h>

#include <cstring>
#include <string>
#include <vector>

#include "convolution.h"
#include "cudnn_descriptors.h"
#include "device_memory.h"
#include "emulator.h"
#include "report.h"
#include "settings.h"

using namespace emulator;

namespace {

// What an algorithm is like here. Each pass has some that a program must know
// to leave alone. None needs as much as that of another pass: a workspace that
// was planned for one is too small for the next.
enum class Kind { kMissing, kByChance, kLarge, kGood };
struct Algorithm {
  Kind kind;
  int images;  // whose columns are its workspace
};

Algorithm Known(cudnnConvolutionFwdAlgo_t algorithm) {
  switch (algorithm) {
    case CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM:
      return {Kind::kGood, 1};
    case CUDNN_CONVOLUTION_FWD_ALGO_FFT:
      return {Kind::kLarge, 1};
    default:
      return {Kind::kMissing, 0};
  }
}
Algorithm Known(cudnnConvolutionBwdFilterAlgo_t algorithm) {
  switch (algorithm) {
    case CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0:
      return {Kind::kByChance, 2};
    case CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1:
      return {Kind::kGood, 2};
    case CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT:
      return {Kind::kLarge, 2};
    default:
      return {Kind::kMissing, 0};
  }
}
Algorithm Known(cudnnConvolutionBwdDataAlgo_t algorithm) {
  switch (algorithm) {
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_0:
      return {Kind::kByChance, 3};
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_1:
      return {Kind::kGood, 3};
    case CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT:
      return {Kind::kLarge, 3};
    default:
      return {Kind::kMissing, 0};
  }
}

// The workspace of an algorithm: columns, and the settings' least.
cudnnStatus_t Need(const Convolution& c, Algorithm algorithm, size_t* bytes) {
  if (algorithm.kind == Kind::kMissing || !settings().cudnn) {
    return CUDNN_STATUS_NOT_SUPPORTED;
  }
  const size_t columns = c.groups * c.columns() * algorithm.images;
  *bytes = columns * sizeof(float) + settings().cudnn_workspace;
  if (algorithm.kind == Kind::kLarge) *bytes += size_t{1} << 30;
  return kSuccess;
}

// The "fastest" first; the good one is the last.
template <typename Found, typename Number>
cudnnStatus_t List(const Convolution& c, std::vector<Number> algorithms,
                   int most, int* count, Found* found) {
  if (CudnnAnswer() != kSuccess) return CudnnAnswer();
  if (most < 1) return CUDNN_STATUS_BAD_PARAM;
  *count = 0;
  for (const Number algorithm : algorithms) {
    if (*count == most) break;
    Found& f = found[(*count)++] = {};
    f.algo = algorithm;
    f.status = Need(c, Known(algorithm), &f.memory);
    f.determinism = Known(algorithm).kind == Kind::kByChance
                        ? CUDNN_NON_DETERMINISTIC
                        : CUDNN_DETERMINISTIC;
    f.mathType = c.tf32 ? CUDNN_TENSOR_OP_MATH : CUDNN_FMA_MATH;
  }
  return kSuccess;
}

// Device memory that a call is given.
struct Piece {
  const char* name;
  const void* data;
  size_t bytes;

  bool Overlaps(const Piece& other) const {
    const char *a = static_cast<const char*>(data),
               *b = static_cast<const char*>(other.data);
    return a < b + other.bytes && b < a + bytes;
  }
};

Piece Floats(const char* name, const void* data, size_t count) {
  return {name, data, count * sizeof(float)};
}

// Two tensors are read, one is written, and the workspace is left in disorder.
struct Call {
  const char* what;
  Piece a, b, to, workspace;

  // What is wrong with the memory; empty if nothing.
  std::string Mistake() const {
    for (const Piece* p : {&a, &b, &to, &workspace}) {
      if (p->bytes > 0 && !IsDevice(p->data, p->bytes)) {
        return std::string(p->name) +
               " is not in device memory, or passes its allocation's end";
      }
    }
    for (const Piece* p : {&a, &b, &workspace}) {
      if (to.Overlaps(*p)) return to.name + std::string(" overlaps ") + p->name;
    }
    for (const Piece* p : {&a, &b}) {
      if (workspace.Overlaps(*p)) return "the workspace overlaps its input";
    }
    return {};
  }

  cudnnStatus_t Run(cudnnHandle_t handle, const Convolution& c,
                    Algorithm algorithm, std::function<void()> work) const {
    if (CudnnAnswer() != kSuccess) return CudnnAnswer();
    size_t need = 0;
    const cudnnStatus_t status = Need(c, algorithm, &need);
    if (status != kSuccess) return status;
    if (workspace.bytes < need) {
      return CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
    }
    const std::string mistake = algorithm.kind == Kind::kByChance
                                    ? "its results depend on chance"
                                    : Mistake();
    if (!mistake.empty()) {
      Report(std::string(what) + ": " + mistake);
      return CUDNN_STATUS_EXECUTION_FAILED;
    }
    void* room = const_cast<void*>(workspace.data);
    Library(handle->stream, what, {a.data, b.data},
            {const_cast<void*>(to.data), room}, [=, bytes = workspace.bytes] {
              std::memset(room, 0xff, bytes);  // NaNs
              work();
            });
    return kSuccess;
  }
};

float FloatAt(const void* p) { return *static_cast<const float*>(p); }
const float* In(const void* p) { return static_cast<const float*>(p); }
float* Out(void* p) { return static_cast<float*>(p); }

}  // namespace

extern "C" {

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(
    cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
    cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t y,
    int most, int* count, cudnnConvolutionFwdAlgoPerf_t* found) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, x, w, convolution, y, &c);
  if (status != kSuccess) return status;
  return List<cudnnConvolutionFwdAlgoPerf_t, cudnnConvolutionFwdAlgo_t>(
      c,
      {CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD, CUDNN_CONVOLUTION_FWD_ALGO_FFT,
       CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM},
      most, count, found);
}
cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t handle, cudnnFilterDescriptor_t w, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t dx,
    int most, int* count, cudnnConvolutionBwdDataAlgoPerf_t* found) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, dx, w, convolution, dy, &c);
  if (status != kSuccess) return status;
  return List<cudnnConvolutionBwdDataAlgoPerf_t, cudnnConvolutionBwdDataAlgo_t>(
      c,
      {CUDNN_CONVOLUTION_BWD_DATA_ALGO_0,
       CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD,
       CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT, CUDNN_CONVOLUTION_BWD_DATA_ALGO_1},
      most, count, found);
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t convolution, cudnnFilterDescriptor_t dw,
    int most, int* count, cudnnConvolutionBwdFilterAlgoPerf_t* found) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, x, dw, convolution, dy, &c);
  if (status != kSuccess) return status;
  return List<cudnnConvolutionBwdFilterAlgoPerf_t,
              cudnnConvolutionBwdFilterAlgo_t>(
      c,
      {CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0,
       CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD,
       CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT,
       CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1},
      most, count, found);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
    cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t y,
    cudnnConvolutionFwdAlgo_t algorithm, size_t* bytes) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, x, w, convolution, y, &c);
  return status == kSuccess ? Need(c, Known(algorithm), bytes) : status;
}
cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t handle, cudnnFilterDescriptor_t w, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t convolution, cudnnTensorDescriptor_t dx,
    cudnnConvolutionBwdDataAlgo_t algorithm, size_t* bytes) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, dx, w, convolution, dy, &c);
  return status == kSuccess ? Need(c, Known(algorithm), bytes) : status;
}
cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t handle, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t dy,
    cudnnConvolutionDescriptor_t convolution, cudnnFilterDescriptor_t dw,
    cudnnConvolutionBwdFilterAlgo_t algorithm, size_t* bytes) {
  Convolution c;
  const cudnnStatus_t status = Describe(handle, x, dw, convolution, dy, &c);
  return status == kSuccess ? Need(c, Known(algorithm), bytes) : status;
}

cudnnStatus_t cudnnConvolutionForward(
    cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_shape,
    const void* x, cudnnFilterDescriptor_t w_shape, const void* w,
    cudnnConvolutionDescriptor_t convolution,
    cudnnConvolutionFwdAlgo_t algorithm, void* workspace, size_t bytes,
    const void* beta, cudnnTensorDescriptor_t y_shape, void* y) {
  Convolution c;
  const cudnnStatus_t status =
      Describe(handle, x_shape, w_shape, convolution, y_shape, &c);
  if (status != kSuccess) return status;
  const size_t parts = size_t(c.images) * c.groups;
  const Call call = {"cudnnConvolutionForward",
                     Floats("x", x, parts * c.x()),
                     Floats("w", w, c.groups * c.w()),
                     Floats("y", y, parts * c.y()),
                     {"the workspace", workspace, bytes}};
  return call.Run(handle, c, Known(algorithm),
                  [=, alpha = FloatAt(alpha), beta = FloatAt(beta)] {
                    Forward(c, alpha, In(x), In(w), beta, Out(y));
                  });
}
cudnnStatus_t cudnnConvolutionBackwardData(
    cudnnHandle_t handle, const void* alpha, cudnnFilterDescriptor_t w_shape,
    const void* w, cudnnTensorDescriptor_t dy_shape, const void* dy,
    cudnnConvolutionDescriptor_t convolution,
    cudnnConvolutionBwdDataAlgo_t algorithm, void* workspace, size_t bytes,
    const void* beta, cudnnTensorDescriptor_t dx_shape, void* dx) {
  Convolution c;
  const cudnnStatus_t status =
      Describe(handle, dx_shape, w_shape, convolution, dy_shape, &c);
  if (status != kSuccess) return status;
  const size_t parts = size_t(c.images) * c.groups;
  const Call call = {"cudnnConvolutionBackwardData",
                     Floats("w", w, c.groups * c.w()),
                     Floats("dy", dy, parts * c.y()),
                     Floats("dx", dx, parts * c.x()),
                     {"the workspace", workspace, bytes}};
  return call.Run(handle, c, Known(algorithm),
                  [=, alpha = FloatAt(alpha), beta = FloatAt(beta)] {
                    BackwardData(c, alpha, In(w), In(dy), beta, Out(dx));
                  });
}
cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t x_shape,
    const void* x, cudnnTensorDescriptor_t dy_shape, const void* dy,
    cudnnConvolutionDescriptor_t convolution,
    cudnnConvolutionBwdFilterAlgo_t algorithm, void* workspace, size_t bytes,
    const void* beta, cudnnFilterDescriptor_t dw_shape, void* dw) {
  Convolution c;
  const cudnnStatus_t status =
      Describe(handle, x_shape, dw_shape, convolution, dy_shape, &c);
  if (status != kSuccess) return status;
  const size_t parts = size_t(c.images) * c.groups;
  const Call call = {"cudnnConvolutionBackwardFilter",
                     Floats("x", x, parts * c.x()),
                     Floats("dy", dy, parts * c.y()),
                     Floats("dw", dw, c.groups * c.w()),
                     {"the workspace", workspace, bytes}};
  return call.Run(handle, c, Known(algorithm),
                  [=, alpha = FloatAt(alpha), beta = FloatAt(beta)] {
                    BackwardFilter(c, alpha, In(x), In(dy), beta, Out(dw));
                  });
}

}  // extern "C"
