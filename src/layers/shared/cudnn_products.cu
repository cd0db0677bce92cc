#include <glog/logging.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "device/cuda_math.cuh"
#include "device/cuda_workspace.cuh"
#include "device/cudnn.cuh"
#include "layers/shared/column_products.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

constexpr float kOne = 1, kZero = 0;

// What cuDNN cannot do is left to columns; what fails throws.
bool Supported(cudnnStatus_t status) {
  const int category = CUDNN_STATUS_CATEGORY(status);
  if (category == CUDNN_STATUS_NOT_SUPPORTED ||
      category == CUDNN_STATUS_BAD_PARAM) {
    return false;
  }
  CheckCudnn(status);
  return true;
}

// The fastest algorithm, as cuDNN expects, of those that sum in an order that
// is always the same and find room. Not by measuring: a resumed run must
// choose the same.
template <typename Found, typename List, typename Need, typename... Descriptors>
std::optional<Found> ChooseAlgorithm(List list, Need need, cudnnHandle_t dnn,
                                     const Descriptors&... descriptors) {
  constexpr int kMost = 16;
  Found found[kMost];
  int count = 0;
  if (!Supported(list(dnn, descriptors..., kMost, &count, found))) return {};
  for (Found* f = found; f != found + count; ++f) {
    if (f->status != CUDNN_STATUS_SUCCESS ||
        f->determinism != CUDNN_DETERMINISTIC) {
      continue;
    }
    // What it needs for the descriptor's type of math, not for that in *f.
    if (Supported(need(dnn, descriptors..., f->algo, &f->memory)) &&
        f->memory <= kCudaRoom * sizeof(float)) {
      return *f;
    }
  }
  return {};
}

class CudnnProducts final : public ConvolutionProducts {
 public:
  CudnnProducts(const Context& context, const ConvolutionProblem& problem)
      : context_(context), problem_(problem) {}

  // Whether cuDNN can do all that is wanted. If not, there is nothing to call.
  bool Plan() { return Describe() && Choose(); }

  void Forward(const float* x, const float* weights, const float* bias,
               float* y) override;
  void Backward(const float* x, const float* weights, const float* dy,
                float* dw, float* dx) override;
  void ForwardAndWeights(const float* x, const float* weights, const float* dy,
                         float* y, float* dw) override;

 private:
  bool Describe();
  bool Choose();
  void AddWeightsGradient(const float* x, const float* dy, float* dw);
  template <typename Chosen>
  void PlanWorkspace(const Chosen& chosen);
  template <typename Chosen>
  void* Workspace(const Chosen& chosen);

  const Context context_;
  const ConvolutionProblem problem_;
  CudnnTensor x_, y_;
  CudnnFilter weights_;
  CudnnConvolution convolution_;
  std::optional<cudnnConvolutionFwdAlgoPerf_t> forward_;
  std::optional<cudnnConvolutionBwdFilterAlgoPerf_t> backward_weights_;
  std::optional<cudnnConvolutionBwdDataAlgoPerf_t> backward_x_;
};

// Two spatial axes, or three if the first is more than a filler.
int AxesForCudnn(const ColumnGeometry& g) {
  const bool flat =
      g.input[0] == 1 && g.output[0] == 1 && g.kernel[0] == 1 && g.pad[0] == 0;
  return flat ? 2 : 3;
}

// Two extents and those of the spatial axes.
std::vector<int> ExtentsForCudnn(const ColumnGeometry& g, int64_t first,
                                 int64_t second, const int* spatial) {
  std::vector<int> extents = {static_cast<int>(first),
                              static_cast<int>(second)};
  const int* end = spatial + ColumnGeometry::kAxes;
  extents.insert(extents.end(), end - AxesForCudnn(g), end);
  return extents;
}

bool CudnnTakes(const ConvolutionProblem& p) {
  const ColumnGeometry& g = p.geometry;
  const int64_t x = p.images * g.channels * g.pixels();
  const int64_t y = p.images * p.outputs * g.positions();
  bool takes =
      std::min(x, y) > 0 && std::max(x, y) <= std::numeric_limits<int>::max();
  for (int a = 0; a < ColumnGeometry::kAxes; ++a) {
    // It has no windows that hang over the padded image.
    const int64_t span = int64_t{g.dilation[a]} * (g.kernel[a] - 1) + 1;
    takes &= span <= g.input[a] + 2 * int64_t{g.pad[a]};
  }
  return takes;
}

bool CudnnProducts::Describe() {
  const ColumnGeometry& g = problem_.geometry;
  const int axes = AxesForCudnn(g), skip = ColumnGeometry::kAxes - axes;
  const int groups = static_cast<int>(problem_.groups);
  const auto x = ExtentsForCudnn(g, problem_.images, g.channels, g.input);
  const auto y =
      ExtentsForCudnn(g, problem_.images, problem_.outputs, g.output);
  const auto weights =
      ExtentsForCudnn(g, problem_.outputs, g.channels / groups, g.kernel);
  const auto set = [](cudnnTensorDescriptor_t tensor,
                      const std::vector<int>& extents) {
    return Supported(cudnnSetTensorNdDescriptorEx(
        tensor, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT,
        static_cast<int>(extents.size()), extents.data()));
  };
  // Caffe's convolution is what others call a cross-correlation.
  return set(x_, x) && set(y_, y) &&
         Supported(cudnnSetFilterNdDescriptor(weights_, CUDNN_DATA_FLOAT,
                                              CUDNN_TENSOR_NCHW, axes + 2,
                                              weights.data())) &&
         Supported(cudnnSetConvolutionNdDescriptor(
             convolution_, axes, g.pad + skip, g.stride + skip,
             g.dilation + skip, CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT)) &&
         Supported(cudnnSetConvolutionGroupCount(convolution_, groups)) &&
         Supported(cudnnSetConvolutionMathType(
             convolution_,
             Tf32Allowed(context_) ? CUDNN_DEFAULT_MATH : CUDNN_FMA_MATH));
}

bool CudnnProducts::Choose() {
  const cudnnHandle_t dnn = CudnnOf(context_);
  if (problem_.y) {
    forward_ = ChooseAlgorithm<cudnnConvolutionFwdAlgoPerf_t>(
        cudnnGetConvolutionForwardAlgorithm_v7,
        cudnnGetConvolutionForwardWorkspaceSize, dnn, x_, weights_,
        convolution_, y_);
    if (!forward_) return false;
  }
  if (problem_.dw) {
    backward_weights_ = ChooseAlgorithm<cudnnConvolutionBwdFilterAlgoPerf_t>(
        cudnnGetConvolutionBackwardFilterAlgorithm_v7,
        cudnnGetConvolutionBackwardFilterWorkspaceSize, dnn, x_, y_,
        convolution_, weights_);
    if (!backward_weights_) return false;
  }
  if (problem_.dx) {
    backward_x_ = ChooseAlgorithm<cudnnConvolutionBwdDataAlgoPerf_t>(
        cudnnGetConvolutionBackwardDataAlgorithm_v7,
        cudnnGetConvolutionBackwardDataWorkspaceSize, dnn, weights_, y_,
        convolution_, x_);
    if (!backward_x_) return false;
  }
  PlanWorkspace(forward_);
  PlanWorkspace(backward_weights_);
  PlanWorkspace(backward_x_);
  return true;
}

int64_t FloatsFor(size_t bytes) {
  return static_cast<int64_t>((bytes + sizeof(float) - 1) / sizeof(float));
}

template <typename Chosen>
void CudnnProducts::PlanWorkspace(const Chosen& chosen) {
  if (chosen) WorkspacesOf(context_).first.Plan(FloatsFor(chosen->memory));
}

template <typename Chosen>
void* CudnnProducts::Workspace(const Chosen& chosen) {
  CHECK(chosen) << "a product that was not planned";
  return WorkspacesOf(context_).first.Require(FloatsFor(chosen->memory));
}

void CudnnProducts::Forward(const float* x, const float* weights,
                            const float* bias, float* y) {
  void* workspace = Workspace(forward_);
  CheckCudnn(cudnnConvolutionForward(
      CudnnOf(context_), &kOne, x_, x, weights_, weights, convolution_,
      forward_->algo, workspace, forward_->memory, &kZero, y_, y));
  if (bias == nullptr) return;
  CudaAddToChannels(
      {problem_.images, problem_.outputs, problem_.geometry.positions()}, bias,
      y);
}

void CudnnProducts::Backward(const float* x, const float* weights,
                             const float* dy, float* dw, float* dx) {
  if (dw != nullptr) AddWeightsGradient(x, dy, dw);
  if (dx == nullptr) return;
  void* workspace = Workspace(backward_x_);
  CheckCudnn(cudnnConvolutionBackwardData(
      CudnnOf(context_), &kOne, weights_, weights, y_, dy, convolution_,
      backward_x_->algo, workspace, backward_x_->memory, &kZero, x_, dx));
}

void CudnnProducts::ForwardAndWeights(const float* x, const float* weights,
                                      const float* dy, float* y, float* dw) {
  if (dw != nullptr) AddWeightsGradient(x, dy, dw);
  if (y != nullptr) Forward(x, weights, nullptr, y);
}

void CudnnProducts::AddWeightsGradient(const float* x, const float* dy,
                                       float* dw) {
  void* workspace = Workspace(backward_weights_);
  CheckCudnn(cudnnConvolutionBackwardFilter(
      CudnnOf(context_), &kOne, x_, x, y_, dy, convolution_,
      backward_weights_->algo, workspace, backward_weights_->memory, &kOne,
      weights_, dw));
}

}  // namespace

std::unique_ptr<ConvolutionProducts> MakeConvolutionProducts(
    const Context& context, const ConvolutionProblem& problem) {
  if (problem.precision == FP32 && CudnnTakes(problem)) {
    auto products = std::make_unique<CudnnProducts>(context, problem);
    if (products->Plan()) return products;
    static std::once_flag told;
    std::call_once(told, [] {
      LOG(INFO) << "cuDNN has no algorithm for a convolution, or not in 256 "
                   "MiB; columns and cuBLAS compute it";
    });
  }
  return std::make_unique<ColumnProducts>(context, problem);
}

}  // namespace doppio
