#pragma once

#include <cstdint>

#include "doppio/layer.h"
#include "layers/shared/spatial.h"

namespace doppio {

// The transpose of a convolution: each pixel of an input channel adds its value
// times a kernel to a window of the output channels; then a bias is added.
//   bottoms: N x C x up to three spatial axes; several of equal shape share the
//            weights. N may be several axes, those before `axis`.
//   tops:    N x num_output x H' x W', one for each bottom,
//            H' = stride (H - 1) + dilation (kernel - 1) + 1 - 2 pad
//   params:  C x num_output / group x kernel; num_output
class Deconvolution : public Layer {
 public:
  Deconvolution(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  int64_t multiply_adds() const override { return multiply_adds_; }

 protected:
  bool has_bias() const { return param_.convolution_param().bias_term(); }

  // The deconvolution as its kernels see it: one axis of images, at least one
  // spatial axis, and weights whose groups are an axis of their own, before
  // C / group, if there are several.
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
