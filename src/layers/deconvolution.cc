#include "layers/deconvolution.h"

#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

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

// The window in oneDNN's terms.
struct DeconvolutionGeometry {
  explicit DeconvolutionGeometry(const Window& window) {
    for (int i = 0; i < window.axes(); ++i) {
      stride.push_back(window.stride[i]);
      dilation.push_back(window.dilation[i] - 1);  // counts the holes
      pad.push_back(window.pad[i]);
    }
  }
  memory::dims stride, dilation, pad;
};

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

 private:
  using Forwards = dnnl::deconvolution_forward;
  using BackwardsData = dnnl::deconvolution_backward_data;
  using BackwardsWeights = dnnl::deconvolution_backward_weights;
  static constexpr auto kAlgorithm = dnnl::algorithm::deconvolution_direct;

  void CompileForward();
  void CompileBackwardData(const Forwards::primitive_desc& forward);
  void CompileBackwardWeights(const Forwards::primitive_desc& forward);
  void BackwardWeights(const Blob& top, const Blob& bottom, bool add);

  dnnl::engine& engine() const { return context().libraries().engine; }
  dnnl::stream& stream() const { return context().libraries().stream; }
  bool empty() const { return source_.count() == 0; }
  bool grouped() const { return param_.convolution_param().group() > 1; }
  memory::desc BiasDesc() const { return DescOf(params()[1].shape, nullptr); }
  memory::desc AnyWeights() const {
    Shape shape = weights_;
    std::swap(shape[grouped()], shape[grouped() + 1]);
    return AnyDesc(shape);
  }
  memory::desc WeightsDesc() const {
    return SwapChannels(DescOf(weights_, params()[0].layout), grouped());
  }
  // Users' layouts where the axes are theirs, else row-major.
  memory::desc Desc(const Shape& shape) const {
    return as_given_ ? AnyDesc(shape) : DescOf(shape, nullptr);
  }
  bool weights_learn() const { return params()[0].learns; }
  bool bias_learns() const { return has_bias() && params()[1].learns; }

  memory::desc source_desc_, target_desc_;
  Forwards forward_;
  BackwardsData backward_data_;
  BackwardsWeights backward_weights_;
  Inlet forward_weights_, backward_data_weights_;
  Outlet source_diff_, weights_diff_, bias_diff_;
};

LayoutPlan DeconvolutionCpu::PlanLayouts(const Layouts& bottoms) {
  LayoutPlan plan = {Layouts(bottoms.size()), Layouts(bottoms.size())};
  if (empty()) return plan;
  CompileForward();
  if (as_given_) {
    plan.bottoms.assign(bottoms.size(), LayoutOf(context(), source_desc_));
    plan.tops.assign(bottoms.size(), LayoutOf(context(), target_desc_));
  }
  return plan;
}

void DeconvolutionCpu::CompileForward() {
  const DeconvolutionGeometry g(window_);
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  const Forwards::primitive_desc forward(
      has_bias()
          ? Forwards::desc(kKind, kAlgorithm, Desc(source_), AnyWeights(),
                           BiasDesc(), Desc(target_), g.stride, g.dilation,
                           g.pad, g.pad)
          : Forwards::desc(kKind, kAlgorithm, Desc(source_), AnyWeights(),
                           Desc(target_), g.stride, g.dilation, g.pad, g.pad),
      engine());
  forward_ = Forwards(forward);
  source_desc_ = forward.src_desc();
  target_desc_ = forward.dst_desc();
  Parameter& weights = params()[0];
  weights.layout =
      weights.blob.data.empty()
          ? LayoutOf(context(), SwapChannels(forward.weights_desc(), grouped()))
          : weights.blob.data.layout();
  forward_weights_.Plan(context(), WeightsDesc(), forward.weights_desc());
  if (weights_learn() || bias_learns()) CompileBackwardWeights(forward);
  CompileBackwardData(forward);
}

void DeconvolutionCpu::CompileBackwardData(
    const Forwards::primitive_desc& forward) {
  const DeconvolutionGeometry g(window_);
  const BackwardsData::primitive_desc desc(
      {kAlgorithm, Desc(source_), AnyWeights(), target_desc_, g.stride,
       g.dilation, g.pad, g.pad},
      engine(), forward);
  backward_data_ = BackwardsData(desc);
  backward_data_weights_.Plan(context(), WeightsDesc(), desc.weights_desc());
  source_diff_.Plan(context(), desc.diff_src_desc(), source_desc_);
}

void DeconvolutionCpu::CompileBackwardWeights(
    const Forwards::primitive_desc& forward) {
  const DeconvolutionGeometry g(window_);
  using Desc = BackwardsWeights::desc;
  const BackwardsWeights::primitive_desc desc(
      bias_learns() ? Desc(kAlgorithm, source_desc_, AnyWeights(), BiasDesc(),
                           target_desc_, g.stride, g.dilation, g.pad, g.pad)
                    : Desc(kAlgorithm, source_desc_, AnyWeights(), target_desc_,
                           g.stride, g.dilation, g.pad, g.pad),
      engine(), forward);
  backward_weights_ = BackwardsWeights(desc);
  weights_diff_.Plan(context(), desc.diff_weights_desc(), WeightsDesc());
  if (bias_learns()) bias_diff_.Plan(context(), BiasDesc(), BiasDesc());
}

void DeconvolutionCpu::Forward(const Blobs& bottoms, const Blobs& tops) {
  if (empty()) return;
  std::unordered_map<int, memory> arguments;
  arguments[DNNL_ARG_WEIGHTS] =
      forward_weights_.Take(context(), params()[0].blob.data);
  if (has_bias()) {
    arguments[DNNL_ARG_BIAS] =
        MemoryOf(context(), BiasDesc(), params()[1].blob.data.storage());
  }
  for (size_t i = 0; i < bottoms.size(); ++i) {
    arguments[DNNL_ARG_SRC] =
        MemoryOf(context(), source_desc_, bottoms[i]->data.storage());
    arguments[DNNL_ARG_DST] =
        MemoryOf(context(), target_desc_, tops[i]->data.storage());
    forward_.execute(stream(), arguments);
  }
  stream().wait();
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
      BackwardWeights(*tops[i], *bottoms[i], i > 0);
    }
    if (!propagate_down(i)) continue;
    backward_data_.execute(
        stream(), {{DNNL_ARG_DIFF_DST,
                    MemoryOf(context(), target_desc_, tops[i]->diff.storage())},
                   {DNNL_ARG_WEIGHTS, backward_data_weights_.Take(
                                          context(), params()[0].blob.data)},
                   {DNNL_ARG_DIFF_SRC,
                    source_diff_.Open(context(), &bottoms[i]->diff, false)}});
    source_diff_.Close(context());
  }
  stream().wait();
}

void DeconvolutionCpu::BackwardWeights(const Blob& top, const Blob& bottom,
                                       bool add) {
  // The library computes both at once, so a weight's gradient that nobody wants
  // stays in the buffer.
  Parameter& weights = params()[0];
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, MemoryOf(context(), source_desc_, bottom.data.storage())},
      {DNNL_ARG_DIFF_DST,
       MemoryOf(context(), target_desc_, top.diff.storage())},
      {DNNL_ARG_DIFF_WEIGHTS,
       weights_diff_.Open(context(),
                          weights.learns ? &weights.blob.diff : nullptr,
                          add || weights.accumulate)}};
  if (bias_learns()) {
    Parameter& bias = params()[1];
    arguments[DNNL_ARG_DIFF_BIAS] =
        bias_diff_.Open(context(), &bias.blob.diff, add || bias.accumulate);
  }
  backward_weights_.execute(stream(), arguments);
  weights_diff_.Close(context());
  if (bias_learns()) bias_diff_.Close(context());
}

const RegisterLayer<DeconvolutionCpu> kDeconvolutionCpu("Deconvolution",
                                                        Device::kCpu);

}  // namespace
}  // namespace doppio
