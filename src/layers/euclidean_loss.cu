#include "doppio/layer_registry.h"
#include "layers/euclidean_loss.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

void Loss(int64_t n, int images, CudaSums* sums, const float* a, const float* b,
          float* loss) {
  (*sums)(
      1, n,
      [=] __device__(int64_t, int64_t i) {
        const float difference = a[i] - b[i];
        return difference * difference;
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / images / 2);
      });
}

void Gradient(int64_t n, float factor, const float* loss_diff, const float* a,
              const float* b, float* dx) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    dx[i] = factor * *loss_diff * (a[i] - b[i]);
  });
}

class EuclideanLossCuda final : public EuclideanLoss {
 public:
  using EuclideanLoss::EuclideanLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Loss(count_, images_, &sums_, bottoms[0]->data.data(),
         bottoms[1]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    for (int k = 0; k < 2; ++k) {
      if (!propagate_down(k)) continue;
      Gradient(count_, (k == 0 ? 1.f : -1.f) / images_, tops[0]->diff.data(),
               bottoms[0]->data.data(), bottoms[1]->data.data(),
               bottoms[k]->diff.data());
    }
  }

 private:
  CudaSums sums_;
};

const RegisterLayer<EuclideanLossCuda> kEuclideanLossCuda("EuclideanLoss",
                                                          Device::kCuda);

}  // namespace
}  // namespace doppio
