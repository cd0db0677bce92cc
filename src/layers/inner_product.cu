#include "device/cuda_math.cuh"
#include "doppio/layer_registry.h"
#include "layers/inner_product.h"
#include "layers/shared/rows.cuh"

namespace doppio {
namespace {

class InnerProductCuda final : public InnerProduct {
 public:
  using InnerProduct::InnerProduct;

  bool CanAbsorb(const Layer&) const override { return false; }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* y = tops[0]->data.data();
    CudaGemm(context(), false, !transposed(), rows_, outputs_, inputs_, 1,
             bottoms[0]->data.data(), params()[0].blob.data.data(), 0, y);
    if (has_bias()) {
      CudaAddToRows(rows_, outputs_, params()[1].blob.data.data(), y);
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = tops[0]->diff.data();
    if (params()[0].learns) {
      BackwardWeights(bottoms[0]->data.data(), dy, &params()[0]);
    }
    if (has_bias() && params()[1].learns) {
      CudaSumRows(rows_, outputs_, params()[1].accumulate, dy,
                  params()[1].blob.diff.data());
    }
    if (propagate_down(0)) {
      CudaGemm(context(), false, transposed(), rows_, inputs_, outputs_, 1, dy,
               params()[0].blob.data.data(), 0, bottoms[0]->diff.data());
    }
  }

 private:
  void BackwardWeights(const float* x, const float* dy, Parameter* weights) {
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
};

const RegisterLayer<InnerProductCuda> kInnerProductCuda("InnerProduct",
                                                        Device::kCuda);

}  // namespace
}  // namespace doppio
