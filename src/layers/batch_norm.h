#pragma once

#include "doppio/layer.h"
#include "layers/shared/absorbed_relu.h"
#include "layers/shared/channels.h"

namespace doppio {

// y = (x - mean) / sqrt(variance + eps), for each channel over batch and space.
// (Ioffe and Szegedy 2015, arXiv:1502.03167)
//   bottom: N x C x ..., or N for a single channel
//   top:    as the bottom; may be in place
//   params: statistics. Each training pass multiplies all three by
//           moving_average_fraction and adds the batch's mean, its variance
//           (unbiased) and 1; so the running mean is params 0 / params 2.
class BatchNorm : public Layer {
 public:
  BatchNorm(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  // A factor and an offset for each channel, and then a ReLU.
  bool CanAbsorb(const Layer& next) const override;

 protected:
  AbsorbedRelu relu() const { return ReluAmong(absorbed()); }
  // The parameters of the Scale that was absorbed; null without one.
  Parameter* factor() const { return ScaleParam(0); }
  Parameter* offset() const { return ScaleParam(1); }

  bool uses_global_stats() const {
    const BatchNormParameter& p = param_.batch_norm_param();
    return p.has_use_global_stats() ? p.use_global_stats() : !training();
  }

  ChannelView view_;
  Shape shape_;

 private:
  Parameter* ScaleParam(size_t index) const;
};

}  // namespace doppio
