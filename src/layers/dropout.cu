#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/dropout.h"

namespace doppio {
namespace {

// A thread for the four numbers that are drawn together.
void Mask(const RandomStream& stream, float ratio, float scale, int64_t count,
          const float* x, float* y) {
  ForEach(Stream(), (count + 3) / 4, [=] __device__(int64_t block) {
    const RandomBlock numbers = stream.Block(block);
    for (int lane = 0; lane < 4; ++lane) {
      const int64_t i = 4 * block + lane;
      if (i < count) y[i] = numbers.Uniform(lane) < ratio ? 0 : scale * x[i];
    }
  });
}

class DropoutCuda final : public Dropout {
 public:
  using Dropout::Dropout;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Apply(bottoms[0]->data, &tops[0]->data);
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (propagate_down(0)) Apply(tops[0]->diff, &bottoms[0]->diff);
  }

 private:
  void Apply(const Tensor& x, Tensor* y) {
    if (training()) {
      Mask(Dropout::Stream(), ratio_, scale_, x.count(), x.data(), y->data());
    } else if (x.storage() != y->storage()) {
      y->CopyFrom(x);
    }
  }
};

const RegisterLayer<DropoutCuda> kDropoutCuda("Dropout", Device::kCuda);

}  // namespace
}  // namespace doppio
