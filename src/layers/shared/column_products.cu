#include <algorithm>

#include "device/cuda_math.cuh"
#include "device/launch.cuh"
#include "layers/shared/column_products.cuh"
#include "layers/shared/room.h"

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
void CollectOutputs(int64_t images, int64_t outputs, int64_t positions,
                    const float* dy, float* collected) {
  ForEach(Stream(), images * outputs * positions, [=] __device__(int64_t i) {
    const int64_t position = i % positions;
    const int64_t image = i / positions % images;
    const int64_t output = i / positions / images;
    collected[i] = dy[(image * outputs + output) * positions + position];
  });
}

}  // namespace

ColumnProducts::ColumnProducts(const Context& context,
                               const ColumnGeometry& geometry, int64_t images,
                               int64_t outputs, int64_t groups)
    : context_(context),
      geometry_(geometry),
      images_(images),
      outputs_(outputs),
      groups_(groups) {}

// Calls run(first, images) for runs of images whose columns fit the room for
// them.
template <typename Run>
void ColumnProducts::ForEachRun(Run run) {
  constexpr int64_t kMostFloats = int64_t{1} << 26;  // 256 MiB
  const int64_t of_image = geometry_.rows() * geometry_.positions();
  if (of_image == 0 || images_ == 0) return;
  const int64_t most = std::clamp<int64_t>(kMostFloats / of_image, 1, images_);
  Room(of_image * most, Device::kCuda, &columns_);
  Room(outputs_ * geometry_.positions() * most, Device::kCuda, &products_);
  for (int64_t first = 0; first < images_; first += most) {
    run(first, std::min(most, images_ - first));
  }
}

void ColumnProducts::Forward(const float* x, const float* weights,
                             const float* bias, float* y) {
  ForEachRun([&](int64_t first, int64_t images) {
    ForwardRun(images, x + first * geometry_.channels * geometry_.pixels(),
               weights, bias, y + first * outputs_ * geometry_.positions());
  });
}

void ColumnProducts::Backward(const float* x, const float* weights,
                              const float* dy, float* dw, float* dx) {
  if (dw == nullptr && dx == nullptr) return;
  ForEachRun([&](int64_t first, int64_t images) {
    const int64_t at = first * geometry_.channels * geometry_.pixels();
    BackwardRun(images, dw == nullptr ? nullptr : x + at, weights,
                dy + first * outputs_ * geometry_.positions(), dw,
                dx == nullptr ? nullptr : dx + at);
  });
}

// From one group to the next: outputs / group x rows / group of weights times
// rows / group x width of columns are outputs / group x width of products.

void ColumnProducts::ForwardRun(int64_t images, const float* x,
                                const float* weights, const float* bias,
                                float* y) {
  const int64_t width = images * geometry_.positions();
  const int64_t m = outputs_ / groups_, k = geometry_.rows() / groups_;
  CudaToColumns(geometry_, images, x, columns_.data());
  CudaGemm(context_, false, false, m, width, k, 1, weights, columns_.data(), 0,
           products_.data(),
           {static_cast<int>(groups_), m * k, k * width, m * width});
  SpreadOutputs(images, outputs_, geometry_.positions(), products_.data(), bias,
                y);
}

void ColumnProducts::BackwardRun(int64_t images, const float* x,
                                 const float* weights, const float* dy,
                                 float* dw, float* dx) {
  const int64_t width = images * geometry_.positions();
  const int64_t m = outputs_ / groups_, k = geometry_.rows() / groups_;
  const int groups = static_cast<int>(groups_);
  float* collected = products_.data();
  CollectOutputs(images, outputs_, geometry_.positions(), dy, collected);
  if (dw != nullptr) {
    CudaToColumns(geometry_, images, x, columns_.data());
    CudaGemm(context_, false, true, m, k, width, 1, collected, columns_.data(),
             1, dw, {groups, m * width, k * width, m * k});
  }
  if (dx == nullptr) return;
  CudaGemm(context_, true, false, k, width, m, 1, weights, collected, 0,
           columns_.data(), {groups, m * k, m * width, k * width});
  CudaFromColumns(geometry_, images, columns_.data(), dx);
}

}  // namespace doppio
