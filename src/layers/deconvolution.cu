#include "doppio/layer_registry.h"
#include "layers/deconvolution.h"
#include "layers/shared/convolution_products.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// The products of the convolution that leads from the top to the bottom: its
// backward pass is this layer's forward one.
class DeconvolutionCuda final : public Deconvolution {
 public:
  using Deconvolution::Deconvolution;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    bool down = false;
    for (size_t i = 0; i < bottoms.size(); ++i) down |= propagate_down(i);
    products_ = MakeConvolutionProducts(
        context(), {ColumnGeometry(window_, target_, source_), source_[0],
                    source_[1], param_.convolution_param().group(), down,
                    params()[0].learns, true, param_.precision()});
    return Deconvolution::PlanLayouts(bottoms);
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    for (size_t i = 0; i < bottoms.size(); ++i) {
      float* y = tops[i]->data.data();
      products_->Backward(nullptr, params()[0].blob.data.data(),
                          bottoms[i]->data.data(), nullptr, y);
      if (has_bias()) {
        CudaAddToChannels(view(), params()[1].blob.data.data(), y);
      }
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
        SumChannels(view(), &sums_, ElementOf{dy},
                    StoreSum{params()[1].blob.diff.data(), true});
      }
      products_->ForwardAndWeights(
          dy, weights.blob.data.data(), bottoms[i]->data.data(),
          propagate_down(i) ? bottoms[i]->diff.data() : nullptr,
          weights.learns ? weights.blob.diff.data() : nullptr);
    }
  }

 private:
  ChannelView view() const { return ViewChannels(target_, nullptr); }

  std::unique_ptr<ConvolutionProducts> products_;
  CudaSums sums_;
};

const RegisterLayer<DeconvolutionCuda> kDeconvolutionCuda("Deconvolution",
                                                          Device::kCuda);

}  // namespace
}  // namespace doppio
