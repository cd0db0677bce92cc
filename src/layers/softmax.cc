#include "layers/softmax.h"

#include "doppio/layer_registry.h"
#include "layers/shared/softmax.h"

namespace doppio {

LayerTraits SoftmaxLayer::traits() const {
  LayerTraits t;
  t.in_place = true;
  t.backward_reads_bottoms = false;
  return t;
}

Shapes SoftmaxLayer::Reshape(const Shapes& bottoms) {
  view_ = AxisView(bottoms[0], param_.softmax_param().axis());
  return bottoms;
}

namespace {

class SoftmaxCpu final : public SoftmaxLayer {
 public:
  using SoftmaxLayer::SoftmaxLayer;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Softmax(view_, bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    SoftmaxGradient(view_, tops[0]->data.data(), tops[0]->diff.data(),
                    bottoms[0]->diff.data());
  }
};

const RegisterLayer<SoftmaxCpu> kSoftmaxCpu("Softmax", Device::kCpu);

}  // namespace
}  // namespace doppio
