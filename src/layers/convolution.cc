#include "layers/convolution.h"

#include "doppio/error.h"

namespace doppio {

Convolution::Convolution(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  const ConvolutionParameter& p = param.convolution_param();
  Require(p.num_output() > 0, "convolution_param needs num_output");
  Require(p.group() > 0, "group is 0, but must be at least 1");
  Require(p.num_output() % p.group() == 0, "num_output ", p.num_output(),
          " cannot be split into ", p.group(), " groups");
}

LayerTraits Convolution::traits() const {
  LayerTraits traits;
  traits.max_bottoms = LayerTraits::kAny;
  traits.max_tops = LayerTraits::kAny;
  traits.backward_reads_tops = relu().any;
  traits.bf16 = true;
  return traits;
}

Shapes Convolution::Reshape(const Shapes& bottoms) {
  const ConvolutionParameter& p = param_.convolution_param();
  const int count = static_cast<int>(bottoms.size());
  Require(top_count() == count, "has ", count, " bottoms but ", top_count(),
          " tops; it needs one top for each bottom");
  const Shape& x = bottoms[0];
  for (const Shape& other : bottoms) {
    Require(other == x, "its bottoms must have one shape, not ", x, " and ",
            other);
  }
  const int axis = x.Axis(p.axis());
  const int spatial_axes = x.axes() - axis - 1;
  Require(spatial_axes <= 3, "a bottom of shape ", x, " has ", spatial_axes,
          " spatial axes after channel axis ", axis, ", but at most 3 can be");
  Require(x[axis] > 0 && x[axis] % p.group() == 0, x[axis],
          " input channels cannot be split into ", p.group(), " groups");
  window_ = ParseWindow(p, spatial_axes);
  DeclareParams(x[axis]);

  Shape y = x;
  y[axis] = p.num_output();
  for (int i = 0; i < spatial_axes; ++i) {
    y[axis + 1 + i] = window_.Positions(i, x[axis + 1 + i]);
  }
  // Without a spatial axis it is a matrix product: a convolution of one pixel.
  if (spatial_axes == 0) window_ = {{1}, {1}, {0}, {1}};
  source_ = Fold(x, axis);
  target_ = Fold(y, axis);
  as_given_ = source_ == x;
  multiply_adds_ =
      count * target_.count() * (params()[0].shape.count() / p.num_output());
  return Shapes(count, y);
}

Shape Convolution::Fold(const Shape& shape, int channel_axis) const {
  std::vector<int> extents = {static_cast<int>(shape.count(0, channel_axis))};
  extents.insert(extents.end(), shape.extents().begin() + channel_axis,
                 shape.extents().end());
  if (extents.size() == 2) extents.push_back(1);
  return Shape(extents);
}

void Convolution::DeclareParams(int channels) {
  const ConvolutionParameter& p = param_.convolution_param();
  const int outputs = static_cast<int>(p.num_output());
  const int groups = static_cast<int>(p.group());
  std::vector<int> extents = {outputs, channels / groups};
  extents.insert(extents.end(), window_.kernel.begin(), window_.kernel.end());
  DeclareParam(0, Shape(extents), p.weight_filler());
  if (has_bias()) DeclareParam(1, {outputs}, p.bias_filler());
  if (window_.kernel.empty()) extents.push_back(1);
  if (groups > 1) {
    extents[0] = outputs / groups;
    extents.insert(extents.begin(), groups);
  }
  weights_ = Shape(extents);
}

}  // namespace doppio
