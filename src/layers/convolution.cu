#include <algorithm>

#include "device/block.cuh"
#include "device/cuda_math.cuh"
#include "doppio/layer_registry.h"
#include "layers/convolution.h"
#include "layers/shared/columns.cuh"

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

// A block for each row.
__global__ void SumRows(int64_t columns, bool add, const float* x,
                        float* sums) {
  float sum = 0;
  for (const int64_t c : BlockStride{columns}) {
    sum += x[blockIdx.x * columns + c];
  }
  sum = BlockReduce(sum, 0.f, Plus());
  if (threadIdx.x == 0) sums[blockIdx.x] = add ? sums[blockIdx.x] + sum : sum;
}

// Matrix products over what the window sees, for as many images at once as the
// columns have room for; one strided-batched product does all groups.
class ConvolutionCuda final : public Convolution {
 public:
  using Convolution::Convolution;

  bool CanAbsorb(const Layer&) const override { return false; }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (target_.count() == 0) return;
    for (size_t i = 0; i < bottoms.size(); ++i) {
      const float* x = bottoms[i]->data.data();
      float* y = tops[i]->data.data();
      ForEachRun([&](int64_t first, int64_t images) {
        ForwardRun(images, x + first * source_.count(1),
                   y + first * target_.count(1));
      });
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    for (Parameter& p : params()) {
      if (p.learns && !p.accumulate) p.blob.diff.Zero();
    }
    if (target_.count() == 0) return;
    for (size_t i = 0; i < bottoms.size(); ++i) {
      float* dx = propagate_down(i) ? bottoms[i]->diff.data() : nullptr;
      ForEachRun([&](int64_t first, int64_t images) {
        BackwardRun(images, bottoms[i]->data.data() + first * source_.count(1),
                    tops[i]->diff.data() + first * target_.count(1),
                    dx ? dx + first * source_.count(1) : nullptr);
      });
    }
  }

 private:
  int64_t groups() const { return param_.convolution_param().group(); }
  int64_t outputs() const { return target_[1]; }
  ColumnGeometry geometry() const { return {window_, source_, target_}; }

  // Calls run(first, images) for runs of images whose columns fit the room
  // for them.
  template <typename Run>
  void ForEachRun(Run run) {
    constexpr int64_t kMostFloats = int64_t{1} << 26;  // 256 MiB
    const ColumnGeometry g = geometry();
    const int64_t images = source_[0];
    const int64_t most = std::clamp<int64_t>(
        kMostFloats / (g.rows() * g.positions()), 1, images);
    Room(g.rows() * most * g.positions(), &columns_);
    Room(outputs() * most * g.positions(), &products_);
    for (int64_t first = 0; first < images; first += most) {
      run(first, std::min(most, images - first));
    }
  }

  static void Room(int64_t floats, Tensor* tensor) {
    if (!tensor->empty() && tensor->count() >= floats) return;
    *tensor = Tensor(Shape{static_cast<int>(floats)}, Device::kCuda);
  }

  void ForwardRun(int64_t images, const float* x, float* y) {
    const ColumnGeometry g = geometry();
    const int64_t width = images * g.positions();
    CudaToColumns(g, images, x, columns_.data());
    // outputs / group x rows / group times rows / group x width
    CudaGemm(context(), false, false, outputs() / groups(), width,
             g.rows() / groups(), 1, params()[0].blob.data.data(),
             columns_.data(), 0, products_.data(), Groups(g, width));
    SpreadOutputs(images, outputs(), g.positions(), products_.data(),
                  has_bias() ? params()[1].blob.data.data() : nullptr, y);
  }

  void BackwardRun(int64_t images, const float* x, const float* dy, float* dx) {
    const ColumnGeometry g = geometry();
    const int64_t width = images * g.positions();
    const Batch groups_of = Groups(g, width);
    float* collected = products_.data();
    CollectOutputs(images, outputs(), g.positions(), dy, collected);
    if (has_bias() && params()[1].learns) {
      Launch(Stream(), BlockPerRow<float>(outputs()), SumRows, width, true,
             collected, params()[1].blob.diff.data());
    }
    if (params()[0].learns) {
      CudaToColumns(g, images, x, columns_.data());
      CudaGemm(context(), false, true, outputs() / groups(),
               g.rows() / groups(), width, 1, collected, columns_.data(), 1,
               params()[0].blob.diff.data(),
               {groups_of.count, groups_of.c, groups_of.b, groups_of.a});
    }
    if (dx == nullptr) return;
    CudaGemm(context(), true, false, g.rows() / groups(), width,
             outputs() / groups(), 1, params()[0].blob.data.data(), collected,
             0, columns_.data(),
             {groups_of.count, groups_of.a, groups_of.c, groups_of.b});
    CudaFromColumns(g, images, columns_.data(), dx);
  }

  // From one group's weights, columns and products to the next's.
  Batch Groups(const ColumnGeometry& g, int64_t width) const {
    const int64_t rows = g.rows() / groups();
    const int64_t of_group = outputs() / groups();
    return {static_cast<int>(groups()), of_group * rows, rows * width,
            of_group * width};
  }

  Tensor columns_;   // rows x images * positions
  Tensor products_;  // outputs x images * positions
};

const RegisterLayer<ConvolutionCuda> kConvolutionCuda("Convolution",
                                                      Device::kCuda);

}  // namespace
}  // namespace doppio
