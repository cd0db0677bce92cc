#include "doppio/layer_registry.h"
#include "layers/bias.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

void Add(const ChannelView& view, const float* b, const float* x, float* y) {
  CudaForEachElement(
      view, [=] __device__(int64_t i, int64_t c) { y[i] = x[i] + b[c]; });
}

class BiasCuda final : public Bias {
 public:
  using Bias::Bias;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& b = is_learned() ? params()[0].blob.data : bottoms[1]->data;
    Add(view_, b.data(), bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const Tensor& dy = tops[0]->diff;
    if (is_learned() && params()[0].learns) {
      SumChannels(
          view_, &sums_, ElementOf{dy.data()},
          StoreSum{params()[0].blob.diff.data(), params()[0].accumulate});
    } else if (propagate_down(1)) {
      SumChannels(view_, &sums_, ElementOf{dy.data()},
                  StoreSum{bottoms[1]->diff.data(), false});
    }
    if (propagate_down(0) && bottoms[0]->diff.storage() != dy.storage()) {
      bottoms[0]->diff.CopyFrom(dy);
    }
  }

 private:
  CudaSums sums_;
};

const RegisterLayer<BiasCuda> kBiasCuda("Bias", Device::kCuda);

}  // namespace
}  // namespace doppio
