#include <algorithm>

#include "device/cuda_workspace.cuh"
#include "device/rounding.cuh"
#include "doppio/layer_registry.h"
#include "layers/inner_product.h"
#include "layers/shared/rows.cuh"

namespace doppio {
namespace {

class InnerProductCuda final : public InnerProduct {
 public:
  using InnerProduct::InnerProduct;

  bool CanAbsorb(const Layer&) const override { return false; }

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    const int64_t x = rows_ * inputs_, y = rows_ * outputs_;
    first_room_ = RoomFor(param_.precision(), std::max(x, y));
    second_room_ = RoomFor(param_.precision(), std::max(x, inputs_ * outputs_));
    WorkspacesOf(context()).first.Plan(first_room_);
    WorkspacesOf(context()).second.Plan(second_room_);
    return InnerProduct::PlanLayouts(bottoms);
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* y = tops[0]->data.data();
    CudaGemm(context(), false, !transposed(), rows_, outputs_, inputs_, 1,
             InFirst(bottoms[0]->data), InSecond(params()[0].blob.data), 0, y);
    if (has_bias()) {
      CudaAddToRows(rows_, outputs_, params()[1].blob.data.data(), y);
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const Operand dy = InFirst(tops[0]->diff);
    if (params()[0].learns) {
      BackwardWeights(InSecond(bottoms[0]->data), dy, &params()[0]);
    }
    if (has_bias() && params()[1].learns) {
      CudaSumRows(rows_, outputs_, params()[1].accumulate, tops[0]->diff.data(),
                  params()[1].blob.diff.data());
    }
    if (propagate_down(0)) {
      CudaGemm(context(), false, transposed(), rows_, inputs_, outputs_, 1, dy,
               InSecond(params()[0].blob.data), 0, bottoms[0]->diff.data());
    }
  }

 private:
  // What products take of a tensor; the two have different places.
  Operand InFirst(const Tensor& tensor) {
    return Rounded(param_.precision(), tensor.count(), tensor.data(),
                   WorkspacesOf(context()).first.Require(first_room_));
  }
  Operand InSecond(const Tensor& tensor) {
    return Rounded(param_.precision(), tensor.count(), tensor.data(),
                   WorkspacesOf(context()).second.Require(second_room_));
  }

  void BackwardWeights(const Operand& x, const Operand& dy,
                       Parameter* weights) {
    const float beta = weights->accumulate ? 1 : 0;
    float* diff = weights->blob.diff.data();
    if (transposed()) {
      CudaGemm(context(), true, false, inputs_, outputs_, rows_, 1, x, dy, beta,
               diff);
    } else {
      CudaGemm(context(), true, false, outputs_, inputs_, rows_, 1, dy, x, beta,
               diff);
    }
  }

  int64_t first_room_ = 0, second_room_ = 0;  // of what is rounded, in floats
};

const RegisterLayer<InnerProductCuda> kInnerProductCuda("InnerProduct",
                                                        Device::kCuda);

}  // namespace
}  // namespace doppio
