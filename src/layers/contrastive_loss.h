#pragma once

#include "doppio/layer.h"

namespace doppio {

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
  float margin() const { return param_.contrastive_loss_param().margin(); }
  bool legacy() const {
    return param_.contrastive_loss_param().legacy_version();
  }

  int pairs_ = 0;
  int64_t length_ = 0;  // of a and b
};

}  // namespace doppio
