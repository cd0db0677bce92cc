#include "doppio/layer_registry.h"
#include "layers/contrastive_loss.h"
#include "layers/shared/room.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

void Distances(int pairs, int64_t length, CudaSums* sums, const float* a,
               const float* b, float* distances) {
  (*sums)(
      pairs, length,
      [=] __device__(int64_t pair, int64_t i) {
        const float difference = a[pair * length + i] - b[pair * length + i];
        return difference * difference;
      },
      [=] __device__(int64_t pair, double sum) {
        distances[pair] = static_cast<float>(sqrt(sum));
      });
}

void Loss(int pairs, Contrast contrast, CudaSums* sums, const float* same,
          const float* distances, float* loss) {
  (*sums)(
      1, pairs,
      [=] __device__(int64_t, int64_t pair) {
        return contrast.Value(Contrast::IsSame(same[pair]), distances[pair]);
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / pairs / 2);
      });
}

// dx = sign * the gradient of a.
void Gradient(int pairs, int64_t length, float sign, Contrast contrast,
              const float* loss_diff, const float* same, const float* distances,
              const float* a, const float* b, float* dx) {
  ForEach(Stream(), pairs * length, [=] __device__(int64_t i) {
    const int64_t pair = i / length;
    const float factor =
        sign * *loss_diff / pairs *
        contrast.Slope(Contrast::IsSame(same[pair]), distances[pair]);
    dx[i] = factor * (a[i] - b[i]);
  });
}

class ContrastiveLossCuda final : public ContrastiveLoss {
 public:
  using ContrastiveLoss::ContrastiveLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* distances = Room(pairs_, Device::kCuda, &distances_);
    Distances(pairs_, length_, &sums_, bottoms[0]->data.data(),
              bottoms[1]->data.data(), distances);
    Loss(pairs_, contrast(), &sums_, bottoms[2]->data.data(), distances,
         tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    for (int k = 0; k < 2; ++k) {
      if (!propagate_down(k)) continue;
      Gradient(pairs_, length_, k == 0 ? 1 : -1, contrast(),
               tops[0]->diff.data(), bottoms[2]->data.data(), distances_.data(),
               bottoms[0]->data.data(), bottoms[1]->data.data(),
               bottoms[k]->diff.data());
    }
  }

 private:
  Tensor distances_;  // in the last Forward
  CudaSums sums_;
};

const RegisterLayer<ContrastiveLossCuda> kContrastiveLossCuda("ContrastiveLoss",
                                                              Device::kCuda);

}  // namespace
}  // namespace doppio
