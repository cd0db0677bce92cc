#pragma once

#include "doppio/layer.h"
#include "layers/shared/channels.h"

namespace doppio {

// y = x + b, where b repeats over the axes of x that it lacks.
//   bottoms: x, and b unless it is learned
//   top:     as x; may be in place
//   params:  b, if it is learned
class Bias : public Layer {
 public:
  using Layer::Layer;

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  bool is_learned() const { return param_.bottom_size() == 1; }

  ChannelView view_;
  Shape shape_;  // of x
  bool per_channel_ = false;
};

}  // namespace doppio
