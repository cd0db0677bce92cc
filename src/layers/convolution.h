#pragma once

#include <cstdint>

#include "doppio/layer.h"
#include "layers/shared/absorbed_relu.h"
#include "layers/shared/spatial.h"

namespace doppio {

// Each output channel is a sum of windows of the input channels, weighted by a
// kernel, plus a bias.
//   bottoms: N x C x up to three spatial axes; several of equal shape share the
//            weights. N may be several axes, those before `axis`.
//   tops:    N x num_output x spatial axes, one for each bottom
//   params:  num_output x C / group x kernel; num_output
class Convolution : public Layer {
 public:
  Convolution(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool CanAbsorb(const Layer& next) const override {
    return absorbed().empty() && IsAbsorbableRelu(next);
  }
  int64_t multiply_adds() const override { return multiply_adds_; }

 protected:
  AbsorbedRelu relu() const { return ReluAmong(absorbed()); }
  bool has_bias() const { return param_.convolution_param().bias_term(); }

  // The convolution as its kernels see it: one axis of images, at least one
  // spatial axis, and weights whose groups are an axis of their own, before
  // num_output / group, if there are several.
  Window window_;
  Shape source_, weights_, target_;
  // Whether source_ has the very axes of the bottoms.
  bool as_given_ = true;

 private:
  Shape Fold(const Shape& shape, int channel_axis) const;
  void DeclareParams(int channels);

  int64_t multiply_adds_ = 0;
};

}  // namespace doppio
