#include "doppio/layer_registry.h"
#include "layers/convolution.h"
#include "layers/shared/convolution_products.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

class ConvolutionCuda final : public Convolution {
 public:
  using Convolution::Convolution;

  bool CanAbsorb(const Layer&) const override { return false; }

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    bool down = false;
    for (size_t i = 0; i < bottoms.size(); ++i) down |= propagate_down(i);
    products_ = MakeConvolutionProducts(
        context(), {ColumnGeometry(window_, source_, target_), source_[0],
                    target_[1], param_.convolution_param().group(), true,
                    params()[0].learns, down, param_.precision()});
    return Convolution::PlanLayouts(bottoms);
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* bias = has_bias() ? params()[1].blob.data.data() : nullptr;
    for (size_t i = 0; i < bottoms.size(); ++i) {
      products_->Forward(bottoms[i]->data.data(), params()[0].blob.data.data(),
                         bias, tops[i]->data.data());
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    for (Parameter& p : params()) {
      if (p.learns && !p.accumulate) p.blob.diff.Zero();
    }
    Parameter& weights = params()[0];
    for (size_t i = 0; i < bottoms.size(); ++i) {
      const float* dy = tops[i]->diff.data();
      if (has_bias() && params()[1].learns) {
        SumChannels(ViewChannels(target_, nullptr), &sums_, ElementOf{dy},
                    StoreSum{params()[1].blob.diff.data(), true});
      }
      products_->Backward(
          bottoms[i]->data.data(), weights.blob.data.data(), dy,
          weights.learns ? weights.blob.diff.data() : nullptr,
          propagate_down(i) ? bottoms[i]->diff.data() : nullptr);
    }
  }

 private:
  std::unique_ptr<ConvolutionProducts> products_;
  CudaSums sums_;
};

const RegisterLayer<ConvolutionCuda> kConvolutionCuda("Convolution",
                                                      Device::kCuda);

}  // namespace
}  // namespace doppio
