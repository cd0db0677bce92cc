#pragma once

#include <algorithm>

#include "doppio/layer.h"
#include "layers/shared/labels.h"

namespace doppio {

// What one score costs, with t as its `sign`.
struct Hinge {
  bool squares;  // p is 2

  constexpr float Value(float score, float sign) const {
    const float gap = Gap(score, sign);
    return squares ? gap * gap : gap;
  }
  constexpr float Slope(float score, float sign) const {
    const float gap = Gap(score, sign);
    return -sign * (squares ? 2 * gap : (gap > 0 ? 1 : 0));
  }
  static constexpr float Gap(float score, float sign) {
    return std::max(0.f, 1 - sign * score);
  }
};

// 1 / N * sum of max(0, 1 - s t)^p over all scores s, where t is 1 for the
// label's class and -1 for the others, and p is 1 (L1) or 2 (L2).
//   bottoms: scores N x C, N labels
//   top:     a scalar
class HingeLoss : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override { return bottom == 0; }

 protected:
  Hinge hinge() const {
    return {param_.hinge_loss_param().norm() == HingeLossParameter::L2};
  }

  AxisView view_;
};

}  // namespace doppio
