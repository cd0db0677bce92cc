#include "layers/convolution.h"

#include <string>
#include <unordered_map>

#include "device/onednn.h"
#include "device/winograd.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"

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

namespace {

using dnnl::memory;
using Forwards = dnnl::convolution_forward;
using BackwardsData = dnnl::convolution_backward_data;
using BackwardsWeights = dnnl::convolution_backward_weights;

// Winograd's is in device/winograd.h: the library's knows no groups.
constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;

// The window in oneDNN's terms.
struct Geometry {
  memory::dims stride, dilation, near_pad, far_pad;
};

Geometry GeometryOf(const Window& window, const Shape& source) {
  Geometry g;
  for (int i = 0; i < window.axes(); ++i) {
    g.stride.push_back(window.stride[i]);
    g.dilation.push_back(window.dilation[i] - 1);  // counts the holes
    g.near_pad.push_back(window.pad[i]);
    g.far_pad.push_back(window.FarPad(i, source[2 + i]));
  }
  return g;
}

dnnl::primitive_attr Attributes(const AbsorbedRelu& relu) {
  dnnl::primitive_attr attributes;
  dnnl::post_ops after;
  if (relu.any) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, relu.slope, 0);
  }
  attributes.set_post_ops(after);
  return attributes;
}

template <typename PrimitiveDesc>
bool IsReference(const PrimitiveDesc& desc) {
  return std::string(desc.impl_info_str()).find("ref") != std::string::npos;
}

class ConvolutionCpu final : public Convolution {
 public:
  using Convolution::Convolution;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
  size_t own_bytes() const override {
    return forward_weights_.bytes() + backward_data_weights_.bytes() +
           source_diff_.bytes() + weights_diff_.bytes() + bias_diff_.bytes();
  }

 private:
  // Compiles what Forward and Backward run, in layouts of the library's choice
  // or else in row-major ones. False if it has only reference code for a part.
  bool Compile(const Layouts& bottoms, bool free_layouts);
  bool CompileBackwardData(const Forwards::primitive_desc& forward);
  bool CompileBackwardWeights(const Forwards::primitive_desc& forward);
  std::unique_ptr<Winograd> MakeWinograd() const;
  LayoutPlan PlanWinograd(size_t bottoms);

  void ForwardWinograd(const Blob& bottom, Blob* top);
  void BackwardWinograd(const Blob& top, Blob* bottom, bool add,
                        bool propagate_down);
  void BackwardWeights(const Blob& top, const Blob& bottom, bool add);

  dnnl::engine& engine() const { return context().libraries().engine; }
  dnnl::stream& stream() const { return context().libraries().stream; }
  bool empty() const { return target_.count() == 0; }
  memory::desc BiasDesc() const { return DescOf(params()[1].shape, nullptr); }
  memory::desc WeightsDesc() const {
    return DescOf(weights_, params()[0].layout);
  }
  bool weights_learn() const { return params()[0].learns; }
  bool bias_learns() const { return has_bias() && params()[1].learns; }

  std::unique_ptr<Winograd> winograd_;  // null for the library's primitives
  memory::desc source_desc_, target_desc_;
  Forwards forward_;
  BackwardsData backward_data_;
  BackwardsWeights backward_weights_;
  Inlet forward_weights_, backward_data_weights_;
  Outlet source_diff_, weights_diff_, bias_diff_;
};

LayoutPlan ConvolutionCpu::PlanLayouts(const Layouts& bottoms) {
  LayoutPlan plan = {Layouts(bottoms.size()), Layouts(bottoms.size())};
  if (empty()) return plan;
  winograd_ = MakeWinograd();
  if (winograd_ != nullptr) return PlanWinograd(bottoms.size());
  if (!as_given_ || !Compile(bottoms, true)) Compile(bottoms, false);
  if (as_given_) {
    plan.bottoms.assign(bottoms.size(), LayoutOf(context(), source_desc_));
    plan.tops.assign(bottoms.size(), LayoutOf(context(), target_desc_));
  }
  return plan;
}

// Null if it cannot be used or would not pay.
std::unique_ptr<Winograd> ConvolutionCpu::MakeWinograd() const {
  const ConvolutionParameter& p = param_.convolution_param();
  const Parameter& weights = params()[0];
  const bool square = window_.axes() == 2 &&
                      window_.kernel[0] == window_.kernel[1] &&
                      window_.pad[0] == window_.pad[1];
  if (!p.winograd() || !as_given_ || !square || source_[0] == 0 ||
      window_.stride != std::vector<int>{1, 1} ||
      window_.dilation != std::vector<int>{1, 1} ||
      (bias_learns() && !weights_learn()) ||
      (!weights.blob.data.empty() && weights.blob.data.layout() != nullptr)) {
    return nullptr;
  }
  const int groups = static_cast<int>(p.group());
  return Winograd::Make(
      {source_[0], groups, source_[1] / groups, target_[1] / groups, source_[2],
       source_[3], window_.kernel[0], window_.pad[0]},
      &context().libraries().winograd);
}

LayoutPlan ConvolutionCpu::PlanWinograd(size_t bottoms) {
  constexpr int kBlock = 16;
  params()[0].layout = nullptr;
  return {Layouts(bottoms, ChannelBlocked(context(), source_, kBlock)),
          Layouts(bottoms, ChannelBlocked(context(), target_, kBlock))};
}

bool ConvolutionCpu::Compile(const Layouts& bottoms, bool free_layouts) {
  const auto desc = [&](const Shape& shape) {
    return free_layouts ? AnyDesc(shape) : DescOf(shape, nullptr);
  };
  const Geometry g = GeometryOf(window_, source_);
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  const Forwards::primitive_desc forward(
      has_bias() ? Forwards::desc(kKind, kAlgorithm, desc(source_),
                                  AnyDesc(weights_), BiasDesc(), desc(target_),
                                  g.stride, g.dilation, g.near_pad, g.far_pad)
                 : Forwards::desc(kKind, kAlgorithm, desc(source_),
                                  AnyDesc(weights_), desc(target_), g.stride,
                                  g.dilation, g.near_pad, g.far_pad),
      Attributes(relu()), engine());
  CountScratch(context(), forward);
  forward_ = Forwards(forward);
  source_desc_ = forward.src_desc();
  target_desc_ = forward.dst_desc();
  Parameter& weights = params()[0];
  weights.layout = weights.blob.data.empty()
                       ? LayoutOf(context(), forward.weights_desc())
                       : weights.blob.data.layout();
  forward_weights_.Plan(context(), WeightsDesc(), forward.weights_desc());

  bool optimized = !IsReference(forward);
  if (weights_learn() || bias_learns()) {
    optimized &= CompileBackwardWeights(forward);
  }
  bool down = false;
  for (size_t i = 0; i < bottoms.size(); ++i) down |= propagate_down(i);
  if (down) optimized &= CompileBackwardData(forward);
  return optimized;
}

bool ConvolutionCpu::CompileBackwardData(
    const Forwards::primitive_desc& forward) {
  const Geometry g = GeometryOf(window_, source_);
  const BackwardsData::primitive_desc desc(
      {kAlgorithm, AnyDesc(source_), AnyDesc(weights_), target_desc_, g.stride,
       g.dilation, g.near_pad, g.far_pad},
      engine(), forward);
  CountScratch(context(), desc);
  backward_data_ = BackwardsData(desc);
  backward_data_weights_.Plan(context(), WeightsDesc(), desc.weights_desc());
  source_diff_.Plan(context(), desc.diff_src_desc(), source_desc_);
  return !IsReference(desc);
}

bool ConvolutionCpu::CompileBackwardWeights(
    const Forwards::primitive_desc& forward) {
  const Geometry g = GeometryOf(window_, source_);
  using Desc = BackwardsWeights::desc;
  const BackwardsWeights::primitive_desc desc(
      bias_learns()
          ? Desc(kAlgorithm, source_desc_, AnyDesc(weights_), BiasDesc(),
                 target_desc_, g.stride, g.dilation, g.near_pad, g.far_pad)
          : Desc(kAlgorithm, source_desc_, AnyDesc(weights_), target_desc_,
                 g.stride, g.dilation, g.near_pad, g.far_pad),
      engine(), forward);
  CountScratch(context(), desc);
  backward_weights_ = BackwardsWeights(desc);
  weights_diff_.Plan(context(), desc.diff_weights_desc(), WeightsDesc());
  if (bias_learns()) bias_diff_.Plan(context(), BiasDesc(), BiasDesc());
  return !IsReference(desc);
}

void ConvolutionCpu::Forward(const Blobs& bottoms, const Blobs& tops) {
  if (empty()) return;
  if (winograd_ != nullptr) {
    for (size_t i = 0; i < bottoms.size(); ++i) {
      ForwardWinograd(*bottoms[i], tops[i]);
    }
    return;
  }
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

void ConvolutionCpu::ForwardWinograd(const Blob& bottom, Blob* top) {
  winograd_->Forward(Stored(bottom.data), Stored(params()[0].blob.data),
                     has_bias() ? Stored(params()[1].blob.data) : nullptr,
                     relu().slope, Stored(&top->data));
}

void ConvolutionCpu::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (empty()) {
    for (Parameter& p : params()) {
      if (p.learns && !p.accumulate) p.blob.diff.Zero();
    }
    return;
  }
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (winograd_ != nullptr) {
      BackwardWinograd(*tops[i], bottoms[i], i > 0, propagate_down(i));
      continue;
    }
    relu().Mask(tops[i]->data, &tops[i]->diff);
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

void ConvolutionCpu::BackwardWinograd(const Blob& top, Blob* bottom, bool add,
                                      bool propagate_down) {
  Parameter& weights = params()[0];
  WinogradDiff diff = {Stored(top.diff)};
  if (relu().any) diff = {diff.diff, Stored(top.data), relu().slope};
  if (weights.learns) {
    Parameter* bias = bias_learns() ? &params()[1] : nullptr;
    winograd_->BackwardWeights(
        Stored(bottom->data), diff, add || weights.accumulate,
        Stored(&weights.blob.diff),
        bias != nullptr && (add || bias->accumulate),
        bias != nullptr ? Stored(&bias->blob.diff) : nullptr);
  }
  if (!propagate_down) return;
  winograd_->BackwardData(diff, Stored(weights.blob.data),
                          Stored(&bottom->diff));
}

void ConvolutionCpu::BackwardWeights(const Blob& top, const Blob& bottom,
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

const RegisterLayer<ConvolutionCpu> kConvolutionCpu("Convolution",
                                                    Device::kCpu);

}  // namespace
}  // namespace doppio
