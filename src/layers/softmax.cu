#include "doppio/layer_registry.h"
#include "layers/shared/softmax.cuh"
#include "layers/softmax.h"

namespace doppio {
namespace {

class SoftmaxCuda final : public SoftmaxLayer {
 public:
  using SoftmaxLayer::SoftmaxLayer;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    CudaSoftmax(view_, bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    CudaSoftmaxGradient(view_, tops[0]->data.data(), tops[0]->diff.data(),
                        bottoms[0]->diff.data());
  }
};

const RegisterLayer<SoftmaxCuda> kSoftmaxCuda("Softmax", Device::kCuda);

}  // namespace
}  // namespace doppio
