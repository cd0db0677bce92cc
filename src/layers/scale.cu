#include "doppio/layer_registry.h"
#include "layers/scale.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// y = a * x, plus b unless it is null.
void Apply(const ChannelView& view, const float* a, const float* b,
           const float* x, float* y) {
  CudaForEachElement(view, [=] __device__(int64_t i, int64_t c) {
    y[i] = b == nullptr ? a[c] * x[i] : a[c] * x[i] + b[c];
  });
}

void SumProducts(const ChannelView& view, CudaSums* sums, const float* x,
                 const float* dy, StoreSum store) {
  SumChannels(
      view, sums, [=] __device__(int64_t i, int64_t) { return dy[i] * x[i]; },
      store);
}

class ScaleCuda final : public Scale {
 public:
  using Scale::Scale;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (factor_learns()) kept_.Keep(bottoms[0]->data, tops[0]->data);
    Apply(view_, Factor(bottoms),
          has_bias() ? bias().blob.data.data() : nullptr,
          bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = tops[0]->diff.data();
    if (has_bias() && bias().learns) {
      SumChannels(view_, &sums_, ElementOf{dy},
                  StoreSum{bias().blob.diff.data(), bias().accumulate});
    }
    if (factor_learns()) {
      const Tensor& x = kept_.Of(bottoms[0]->data, tops[0]->data);
      const StoreSum store =
          is_learned()
              ? StoreSum{params()[0].blob.diff.data(), params()[0].accumulate}
              : StoreSum{bottoms[1]->diff.data(), false};
      SumProducts(view_, &sums_, x.data(), dy, store);
    }
    if (!propagate_down(0)) return;
    Apply(view_, Factor(bottoms), nullptr, dy, bottoms[0]->diff.data());
  }

 private:
  const float* Factor(const Blobs& bottoms) const {
    return (is_learned() ? params()[0].blob.data : bottoms[1]->data).data();
  }

  KeptBottom kept_;
  CudaSums sums_;
};

const RegisterLayer<ScaleCuda> kScaleCuda("Scale", Device::kCuda);

}  // namespace
}  // namespace doppio
