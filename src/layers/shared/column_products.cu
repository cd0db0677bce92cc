#include <algorithm>

#include "device/cuda_math.cuh"
#include "device/cuda_workspace.cuh"
#include "device/launch.cuh"
#include "device/rounding.cuh"
#include "layers/shared/column_products.cuh"

namespace doppio {
namespace {

// y (images x outputs x positions) = the products (outputs x images *
// positions), plus a bias for each output if there is one.
void SpreadOutputs(int64_t images, int64_t outputs, int64_t positions,
                   const float* products, const float* bias, float* y) {
  ForEach(Stream(), images * outputs * positions, [=] __device__(int64_t i) {
    const int64_t position = i % positions;
    const int64_t output = i / positions % outputs;
    const int64_t image = i / positions / outputs;
    const float product =
        products[(output * images + image) * positions + position];
    y[i] = bias == nullptr ? product : product + bias[output];
  });
}

// The reverse, for gradients.
template <typename T>
void CollectOutputs(int64_t images, int64_t outputs, int64_t positions,
                    const float* dy, T* collected) {
  ForEach(Stream(), images * outputs * positions, [=] __device__(int64_t i) {
    const int64_t position = i % positions;
    const int64_t image = i / positions % images;
    const int64_t output = i / positions / images;
    collected[i] = T(dy[(image * outputs + output) * positions + position]);
  });
}

}  // namespace

ColumnProducts::ColumnProducts(const Context& context,
                               const ConvolutionProblem& problem)
    : context_(context),
      geometry_(problem.geometry),
      images_(problem.images),
      outputs_(problem.outputs),
      groups_(problem.groups),
      precision_(problem.precision) {
  const int64_t rows = geometry_.rows(), positions = geometry_.positions();
  if (rows * positions == 0 || images_ == 0) return;
  const int64_t of_image = std::max(rows, outputs_) * positions;
  run_ = std::clamp<int64_t>(kCudaRoom / of_image, 1, images_);
  WorkspacesOf(context_).first.Plan(rows * positions * run_);
  weights_room_ = RoomFor(precision_, outputs_ * rows / groups_);
  WorkspacesOf(context_).second.Plan(weights_room_ +
                                     outputs_ * positions * run_);
}

// Calls run(first, images) for runs of images whose columns and products fit
// the room for each; weights may be null if none of them multiplies by them.
template <typename Run>
void ColumnProducts::ForEachRun(const float* weights, Run run) {
  if (run_ == 0) return;
  const int64_t width = geometry_.positions() * run_;
  columns_ = WorkspacesOf(context_).first.Require(geometry_.rows() * width);
  float* second =
      WorkspacesOf(context_).second.Require(weights_room_ + outputs_ * width);
  products_ = second + weights_room_;
  if (weights != nullptr) {
    weights_ = Rounded(precision_, outputs_ * geometry_.rows() / groups_,
                       weights, second);
  }
  for (int64_t first = 0; first < images_; first += run_) {
    run(first, std::min(run_, images_ - first));
  }
}

void ColumnProducts::Forward(const float* x, const float* weights,
                             const float* bias, float* y) {
  ForEachRun(weights, [&](int64_t first, int64_t images) {
    ToColumns(first, images, x);
    Multiply(first, images, bias, y);
  });
}

void ColumnProducts::Backward(const float* x, const float* weights,
                              const float* dy, float* dw, float* dx) {
  if (dw == nullptr && dx == nullptr) return;
  if (dx == nullptr) weights = nullptr;
  ForEachRun(weights, [&](int64_t first, int64_t images) {
    Collect(first, images, dy);
    if (dw != nullptr) {
      ToColumns(first, images, x);
      AddWeightsGradient(images, dw);
    }
    if (dx != nullptr) MultiplyBack(first, images, dx);
  });
}

void ColumnProducts::ForwardAndWeights(const float* x, const float* weights,
                                       const float* dy, float* y, float* dw) {
  if (y == nullptr && dw == nullptr) return;
  if (y == nullptr) weights = nullptr;
  ForEachRun(weights, [&](int64_t first, int64_t images) {
    ToColumns(first, images, x);
    if (dw != nullptr) {
      Collect(first, images, dy);
      AddWeightsGradient(images, dw);
    }
    if (y != nullptr) Multiply(first, images, nullptr, y);
  });
}

void ColumnProducts::ToColumns(int64_t first, int64_t images, const float* x) {
  WithElements(precision_, columns_, [&](auto* columns) {
    CudaToColumns(geometry_, images, x + first * source(), columns);
  });
}

void ColumnProducts::Collect(int64_t first, int64_t images, const float* dy) {
  WithElements(precision_, products_, [&](auto* collected) {
    CollectOutputs(images, outputs_, geometry_.positions(),
                   dy + first * target(), collected);
  });
}

// From one group to the next: outputs / group x rows / group of weights times
// rows / group x width of columns are outputs / group x width of products.

void ColumnProducts::Multiply(int64_t first, int64_t images, const float* bias,
                              float* y) {
  const int64_t width = images * geometry_.positions();
  const int64_t m = outputs_ / groups_, k = geometry_.rows() / groups_;
  CudaGemm(context_, false, false, m, width, k, 1, weights_, Columns(), 0,
           products_, {static_cast<int>(groups_), m * k, k * width, m * width});
  SpreadOutputs(images, outputs_, geometry_.positions(), products_, bias,
                y + first * target());
}

void ColumnProducts::AddWeightsGradient(int64_t images, float* dw) {
  const int64_t width = images * geometry_.positions();
  const int64_t m = outputs_ / groups_, k = geometry_.rows() / groups_;
  CudaGemm(context_, false, true, m, k, width, 1, Collected(), Columns(), 1, dw,
           {static_cast<int>(groups_), m * width, k * width, m * k});
}

void ColumnProducts::MultiplyBack(int64_t first, int64_t images, float* dx) {
  const int64_t width = images * geometry_.positions();
  const int64_t m = outputs_ / groups_, k = geometry_.rows() / groups_;
  CudaGemm(context_, true, false, k, width, m, 1, weights_, Collected(), 0,
           columns_, {static_cast<int>(groups_), m * k, m * width, k * width});
  CudaFromColumns(geometry_, images, columns_, dx + first * source());
}

}  // namespace doppio
