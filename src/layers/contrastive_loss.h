#pragma once

#include <algorithm>

#include "doppio/layer.h"

namespace doppio {

// What one pair costs.
struct Contrast {
  float margin;
  bool legacy;

  // Twice what a pair at distance d costs.
  constexpr float Value(bool same, float d) const {
    if (same) return d * d;
    if (legacy) return std::max(margin - d * d, 0.f);
    const float gap = std::max(margin - d, 0.f);
    return gap * gap;
  }

  // Half its derivative, as a factor on a - b.
  constexpr float Slope(bool same, float d) const {
    constexpr float kSmall = 1e-4f;  // for vectors that are equal
    if (same) return 1;
    if (legacy) return d * d < margin ? -1 : 0;
    return d < margin ? -(margin - d) / (d + kSmall) : 0;
  }

  static constexpr bool IsSame(float label) {
    return static_cast<int>(label) != 0;
  }
};

// Pulls pairs of the same class together and pushes others apart. With the
// distance d = |a - b|: 1 / (2 N) * sum of d^2 for pairs of the same class, of
// max(margin - d, 0)^2 for others, or in the legacy version of
// max(margin - d^2, 0). (Hadsell et al. 2006)
//   bottoms: a N x C, b N x C, N labels (not 0: the same class)
//   top:     a scalar
class ContrastiveLoss : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom < 2; }

 protected:
  Contrast contrast() const {
    const ContrastiveLossParameter& p = param_.contrastive_loss_param();
    return {p.margin(), p.legacy_version()};
  }

  int pairs_ = 0;
  int64_t length_ = 0;  // of a and b
};

}  // namespace doppio
