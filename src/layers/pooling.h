#pragma once

#include "doppio/layer.h"
#include "layers/shared/channels.h"
#include "layers/shared/pool_geometry.h"

namespace doppio {

// Condenses each window of each channel to one value: the largest (MAX, the
// first of equals), the mean (AVE), or one drawn in proportion to its size
// (STOCHASTIC; in testing the mean so weighted).
//   bottom: N x C x H x W
//   tops:   N x C x out_height x out_width; for MAX also where in H x W each
//           maximum lies
class Pooling : public Layer {
 public:
  Pooling(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  // Testing STOCHASTIC has no gradient: Caffe has none either.
  bool Differentiable(int) const override {
    return method() != PoolingParameter::STOCHASTIC || training();
  }

 protected:
  PoolingParameter::PoolMethod method() const {
    return param_.pooling_param().pool();
  }

  Shape shape_;  // of the bottom
  ChannelView view_;
  PoolGeometry geometry_{};
};

}  // namespace doppio
