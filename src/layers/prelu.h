#pragma once

#include "doppio/layer.h"
#include "layers/shared/channels.h"

namespace doppio {

// y = x where x > 0, and a * x elsewhere, with a learned a for each channel, or
// one for all.
//   bottom, top: N x C x ...
//   parameter:   C, or a scalar
class Prelu : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  bool shared() const { return param_.prelu_param().channel_shared(); }

  ChannelView view_;
};

}  // namespace doppio
