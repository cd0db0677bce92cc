#include "layers/deconvolution.h"

#include <numeric>
#include <utility>
#include <vector>

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/window_primitives.h"

namespace doppio {

Deconvolution::Deconvolution(const LayerParameter& param,
                             const Context& context)
    : Layer(param, context) {
  const ConvolutionParameter& p = param.convolution_param();
  Require(p.num_output() > 0, "convolution_param needs num_output");
  Require(p.group() > 0, "group is 0, but must be at least 1");
  Require(p.num_output() % p.group() == 0, "num_output ", p.num_output(),
          " cannot be split into ", p.group(), " groups");
}

LayerTraits Deconvolution::traits() const {
  LayerTraits traits;
  traits.max_bottoms = LayerTraits::kAny;
  traits.max_tops = LayerTraits::kAny;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes Deconvolution::Reshape(const Shapes& bottoms) {
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
    y[axis + 1 + i] = window_.Covered(i, x[axis + 1 + i]);
  }
  // Without a spatial axis it is a matrix product: a window of one pixel.
  if (spatial_axes == 0) window_ = {{1}, {1}, {0}, {1}};
  source_ = Fold(x, axis);
  target_ = Fold(y, axis);
  as_given_ = source_ == x;
  multiply_adds_ =
      count * source_.count() * (params()[0].shape.count() / x[axis]);
  return Shapes(count, y);
}

Shape Deconvolution::Fold(const Shape& shape, int channel_axis) const {
  std::vector<int> extents = {static_cast<int>(shape.count(0, channel_axis))};
  extents.insert(extents.end(), shape.extents().begin() + channel_axis,
                 shape.extents().end());
  if (extents.size() == 2) extents.push_back(1);
  return Shape(extents);
}

void Deconvolution::DeclareParams(int channels) {
  const ConvolutionParameter& p = param_.convolution_param();
  const int outputs = static_cast<int>(p.num_output());
  const int groups = static_cast<int>(p.group());
  std::vector<int> extents = {channels, outputs / groups};
  extents.insert(extents.end(), window_.kernel.begin(), window_.kernel.end());
  DeclareParam(0, Shape(extents), p.weight_filler());
  if (has_bias()) DeclareParam(1, {outputs}, p.bias_filler());
  if (window_.kernel.empty()) extents.push_back(1);
  if (groups > 1) {
    extents[0] = channels / groups;
    extents.insert(extents.begin(), groups);
  }
  weights_ = Shape(extents);
}

namespace {

using dnnl::memory;

// oneDNN's weights have the output channels first, Caffe's the input channels.
memory::desc SwapChannels(const memory::desc& desc, bool grouped) {
  std::vector<int> order(desc.data.ndims);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[grouped], order[grouped + 1]);
  return desc.permute_axes(order);
}

class DeconvolutionCpu final : public Deconvolution {
 public:
  using Deconvolution::Deconvolution;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
  size_t own_bytes() const override { return primitives_.bytes(); }

 private:
  void Compile();

  bool empty() const { return source_.count() == 0; }
  bool grouped() const { return param_.convolution_param().group() > 1; }
  // Users' layouts where the axes are theirs, else row-major.
  memory::desc Desc(const Shape& shape) const {
    return as_given_ ? AnyDesc(shape) : DescOf(shape, nullptr);
  }
  bool weights_learn() const { return params()[0].learns; }
  bool bias_learns() const { return has_bias() && params()[1].learns; }

  WindowPrimitives<DeconvolutionKind> primitives_;
};

LayoutPlan DeconvolutionCpu::PlanLayouts(const Layouts& bottoms) {
  LayoutPlan plan = {Layouts(bottoms.size()), Layouts(bottoms.size())};
  if (empty()) return plan;
  Compile();
  if (as_given_) {
    plan.bottoms.assign(bottoms.size(),
                        LayoutOf(context(), primitives_.source()));
    plan.tops.assign(bottoms.size(), LayoutOf(context(), primitives_.target()));
  }
  return plan;
}

void DeconvolutionCpu::Compile() {
  WindowTask task(window_);
  task.source = Desc(source_);
  task.weights = SwapChannels(DescOf(weights_, nullptr), grouped());
  task.weights = memory::desc(task.weights.dims(), memory::data_type::f32,
                              memory::format_tag::any);
  if (has_bias()) task.bias = DescOf(params()[1].shape, nullptr);
  task.target = Desc(target_);
  bool any_down = false;
  for (int i = 0; i < top_count(); ++i) any_down |= propagate_down(i);
  primitives_.Compile(context(), task,
                      {any_down, weights_learn(), bias_learns()});
  Parameter& weights = params()[0];
  weights.layout =
      weights.blob.data.empty()
          ? LayoutOf(context(), SwapChannels(primitives_.weights(), grouped()))
          : weights.blob.data.layout();
  primitives_.SettleWeights(
      context(), SwapChannels(DescOf(weights_, weights.layout), grouped()));
}

void DeconvolutionCpu::Forward(const Blobs& bottoms, const Blobs& tops) {
  if (empty()) return;
  primitives_.Forward(context(), bottoms, params()[0].blob.data,
                      has_bias() ? &params()[1].blob.data : nullptr, tops);
}

void DeconvolutionCpu::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (empty()) {
    for (Parameter& p : params()) {
      if (p.learns && !p.accumulate) p.blob.diff.Zero();
    }
    return;
  }
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (weights_learn() || bias_learns()) {
      primitives_.BackwardWeights(context(), *tops[i], *bottoms[i], i > 0,
                                  &params()[0],
                                  bias_learns() ? &params()[1] : nullptr);
    }
    if (propagate_down(i)) {
      primitives_.BackwardData(context(), *tops[i], params()[0].blob.data,
                               bottoms[i]);
    }
  }
}

const RegisterLayer<DeconvolutionCpu> kDeconvolutionCpu("Deconvolution",
                                                        Device::kCpu);

}  // namespace
}  // namespace doppio
