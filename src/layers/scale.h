#pragma once

#include "doppio/layer.h"
#include "layers/shared/channels.h"

namespace doppio {

// y = a * x, or a * x + b, where a and b repeat over the axes of x that they
// lack.
//   bottoms: x, and a unless it is learned
//   top:     as x; may be in place
//   params:  a, if it is learned; b, if there is one
class Scale : public Layer {
 public:
  using Layer::Layer;

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  bool is_learned() const { return param_.bottom_size() == 1; }
  bool has_bias() const { return param_.scale_param().bias_term(); }
  Parameter& bias() { return params()[is_learned() ? 1 : 0]; }
  bool factor_learns() const {
    return is_learned() ? params()[0].learns : propagate_down(1);
  }

  ChannelView view_;
  Shape shape_;  // of x
  bool per_channel_ = false;
};

}  // namespace doppio
