#include "doppio/layer_registry.h"
#include "layers/prelu.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// y = v where x > 0, and a * v elsewhere; v is x, or the gradient.
void Bend(const ChannelView& view, const float* a, const float* x,
          const float* v, float* y) {
  CudaForEachElement(view, [=] __device__(int64_t i, int64_t c) {
    y[i] = x[i] > 0 ? v[i] : a[c] * v[i];
  });
}

void SumGradient(const ChannelView& view, CudaSums* sums, const float* x,
                 const float* dy, StoreSum store) {
  SumChannels(
      view, sums,
      [=] __device__(int64_t i, int64_t) {
        return x[i] > 0 ? 0 : dy[i] * x[i];
      },
      store);
}

class PreluCuda final : public Prelu {
 public:
  using Prelu::Prelu;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    Bend(view(), params()[0].blob.data.data(), x, x, tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* x = bottoms[0]->data.data();
    const float* dy = tops[0]->diff.data();
    if (params()[0].learns) {
      SumGradient(view(), &sums_, x, dy,
                  {params()[0].blob.diff.data(), params()[0].accumulate});
    }
    if (!propagate_down(0)) return;
    Bend(view(), params()[0].blob.data.data(), x, dy, bottoms[0]->diff.data());
  }

 private:
  // A slope that all channels share is that of one channel of all elements.
  ChannelView view() const {
    if (!shared()) return view_;
    ChannelView all;
    all.inner = view_.number * view_.channels * view_.inner;
    return all;
  }

  CudaSums sums_;
};

const RegisterLayer<PreluCuda> kPreluCuda("PReLU", Device::kCuda);

}  // namespace
}  // namespace doppio
