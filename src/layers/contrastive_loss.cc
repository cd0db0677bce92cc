#include "layers/contrastive_loss.h"

#include <cmath>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits ContrastiveLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 3;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_tops = false;
  return t;
}

Shapes ContrastiveLoss::Reshape(const Shapes& bottoms) {
  const Shape& a = bottoms[0];
  const Shape& b = bottoms[1];
  Require(
      a.axes() >= 1 && b.axes() >= 1 && a[0] == b[0] && a.count() == b.count(),
      "its first bottoms are ", a, " and ", b,
      "; they need equally many vectors of equal length");
  pairs_ = a[0];
  length_ = a.count(1);
  Require(bottoms[2].count() == pairs_, pairs_, " pairs need as many labels, ",
          "but the third bottom is ", bottoms[2]);
  return {Shape{}};
}

namespace {

class ContrastiveLossCpu final : public ContrastiveLoss {
 public:
  using ContrastiveLoss::ContrastiveLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* same = bottoms[2]->data.data();
    distances_.resize(pairs_);
    double loss = 0;
    for (int n = 0; n < pairs_; ++n) {
      distances_[n] = Distance(bottoms, n);
      loss += contrast().Value(Contrast::IsSame(same[n]), distances_[n]);
    }
    tops[0]->data.data()[0] = loss / pairs_ / 2;
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float weight = tops[0]->diff.data()[0] / pairs_;
    const float* same = bottoms[2]->data.data();
    const float* a = bottoms[0]->data.data();
    const float* b = bottoms[1]->data.data();
    for (int k = 0; k < 2; ++k) {
      if (!propagate_down(k)) continue;
      float* dx = bottoms[k]->diff.data();
      for (int n = 0; n < pairs_; ++n) {
        const float factor =
            (k == 0 ? weight : -weight) *
            contrast().Slope(Contrast::IsSame(same[n]), distances_[n]);
        for (int64_t i = n * length_; i < (n + 1) * length_; ++i) {
          dx[i] = factor * (a[i] - b[i]);
        }
      }
    }
  }

 private:
  float Distance(const Blobs& bottoms, int pair) const {
    const float* a = bottoms[0]->data.data() + pair * length_;
    const float* b = bottoms[1]->data.data() + pair * length_;
    double sum = 0;
    for (int64_t i = 0; i < length_; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return static_cast<float>(std::sqrt(sum));
  }

  std::vector<float> distances_;  // in the last Forward
};

const RegisterLayer<ContrastiveLossCpu> kContrastiveLossCpu("ContrastiveLoss",
                                                            Device::kCpu);

}  // namespace
}  // namespace doppio
