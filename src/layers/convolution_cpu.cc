#include <optional>
#include <string>
#include <unordered_map>

#include "device/bf16.h"
#include "device/onednn.h"
#include "device/winograd.h"
#include "doppio/layer_registry.h"
#include "layers/convolution.h"
#include "layers/shared/space_to_depth.h"
#include "layers/shared/storage.h"

// How a processor computes convolutions: by Winograd's algorithm or by oneDNN's
// primitives, and those of stride 4 on colours in cells.

namespace doppio {
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
           source_diff_.bytes() + weights_diff_.bytes() + bias_diff_.bytes() +
           folded_.blob.data.bytes() + folded_.blob.diff.bytes();
  }

 private:
  // Settles how Forward and Backward compute.
  void Compile(const Layouts& bottoms);
  // One way each; false if it cannot be gone or would not pay.
  bool CompileCells(const Layouts& bottoms, memory::data_type type);
  bool CompileWinograd();
  // The library's primitives, in layouts of its choice or else in row-major
  // ones. What does not pay is its reference code.
  bool CompilePrimitives(memory::data_type type, bool free_layouts);
  bool CompileBackwardData(const Forwards::primitive_desc& forward);
  bool CompileBackwardWeights(const Forwards::primitive_desc& forward);
  std::unique_ptr<Winograd> MakeWinograd() const;

  void ForwardWinograd(const Blob& bottom, Blob* top);
  void BackwardWinograd(const Blob& top, Blob* bottom, bool add,
                        bool propagate_down);
  void BackwardWeights(const Blob& top, const Blob& bottom, bool add);

  dnnl::engine& engine() const { return context().libraries().engine; }
  dnnl::stream& stream() const { return context().libraries().stream; }
  bool empty() const { return target_.count() == 0; }
  memory::desc BiasDesc() const { return DescOf(params()[1].shape, nullptr); }
  memory::desc WeightsDesc() const {
    return DescOf(seen_.weights, weights().layout);
  }
  // Those that the kernels take.
  Parameter& weights() { return cells_ ? folded_ : params()[0]; }
  const Parameter& weights() const { return cells_ ? folded_ : params()[0]; }
  bool weights_learn() const { return params()[0].learns; }
  bool propagates_down() const {
    bool any = false;
    for (int i = 0; i < top_count(); ++i) any |= propagate_down(i);
    return any;
  }
  bool bias_learns() const { return has_bias() && params()[1].learns; }

  // The convolution as the kernels see it.
  struct Seen {
    Window window;
    Shape source, weights;
  };
  Seen seen_;
  std::optional<SpaceToDepth> cells_;
  Parameter folded_;                    // in place of params()[0], with cells_
  std::unique_ptr<Winograd> winograd_;  // null for the library's primitives
  memory::data_type type_ = memory::data_type::f32;  // but of params' diffs
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
  Compile(bottoms);
  if (as_given_) {
    const bool bf16 = type_ == memory::data_type::bf16;
    plan.bottoms.assign(bottoms.size(),
                        cells_ ? cells_->SourceLayout(bf16)
                               : LayoutOf(context(), source_desc_));
    plan.tops.assign(bottoms.size(), LayoutOf(context(), target_desc_));
  }
  return plan;
}

void ConvolutionCpu::Compile(const Layouts& bottoms) {
  constexpr auto kFloat = memory::data_type::f32;
  constexpr auto kBf16 = memory::data_type::bf16;
  seen_ = {window_, source_, weights_};
  cells_.reset();
  winograd_.reset();
  if (as_given_) {
    if (param_.precision() == BF16 &&
        (CompileCells(bottoms, kBf16) || CompilePrimitives(kBf16, true))) {
      return;
    }
    if (CompileCells(bottoms, kFloat) || CompileWinograd() ||
        CompilePrimitives(kFloat, true)) {
      return;
    }
  }
  CompilePrimitives(kFloat, false);
}

// It has no way of its own for the bottoms' diffs.
bool ConvolutionCpu::CompileCells(const Layouts& bottoms,
                                  memory::data_type type) {
  for (const LayoutPtr& bottom : bottoms) {
    if (bottom != nullptr) return false;
  }
  if (propagates_down() || params()[0].blob.data.layout() != nullptr ||
      !SpaceToDepth::Fits(seen_.window, seen_.source, seen_.weights)) {
    return false;
  }
  const Seen given = seen_;
  cells_.emplace(seen_.window, seen_.source, seen_.weights, target_);
  seen_ = {cells_->window(), cells_->source(), cells_->weights()};
  folded_.blob = {Tensor(seen_.weights), Tensor(seen_.weights)};
  if (type == memory::data_type::f32 ? CompileWinograd()
                                     : CompilePrimitives(type, true)) {
    params()[0].layout = nullptr;
    return true;
  }
  cells_.reset();
  seen_ = given;
  return false;
}

bool ConvolutionCpu::CompileWinograd() {
  winograd_ = MakeWinograd();
  if (winograd_ == nullptr) return false;
  winograd_->Plan(weights_learn());
  constexpr int kBlock = 16;
  type_ = memory::data_type::f32;
  source_desc_ = DescOf(seen_.source,
                        ChannelBlocked(context(), seen_.source, kBlock, type_));
  target_desc_ =
      DescOf(target_, ChannelBlocked(context(), target_, kBlock, type_));
  weights().layout = nullptr;
  return true;
}

// Null if it cannot be used or would not pay.
std::unique_ptr<Winograd> ConvolutionCpu::MakeWinograd() const {
  const ConvolutionParameter& p = param_.convolution_param();
  const Tensor& weights = this->weights().blob.data;
  const bool square = seen_.window.axes() == 2 &&
                      seen_.window.kernel[0] == seen_.window.kernel[1] &&
                      seen_.window.pad[0] == seen_.window.pad[1];
  if (!p.winograd() || !square || seen_.source[0] == 0 ||
      seen_.window.stride != std::vector<int>{1, 1} ||
      seen_.window.dilation != std::vector<int>{1, 1} ||
      (bias_learns() && !weights_learn()) || weights.layout() != nullptr) {
    return nullptr;
  }
  const int groups = static_cast<int>(p.group());
  return Winograd::Make({seen_.source[0], groups, seen_.source[1] / groups,
                         target_[1] / groups, seen_.source[2], seen_.source[3],
                         seen_.window.kernel[0], seen_.window.pad[0]},
                        &context().libraries().winograd);
}

bool ConvolutionCpu::CompilePrimitives(memory::data_type type,
                                       bool free_layouts) {
  type_ = type;
  const auto desc = [&](const Shape& shape) {
    return free_layouts ? AnyDesc(shape, type) : DescOf(shape, nullptr);
  };
  const memory::desc source =
      cells_ ? DescOf(seen_.source,
                      ChannelBlocked(context(), seen_.source, 16, type))
             : desc(seen_.source);
  const Geometry g = GeometryOf(seen_.window, seen_.source);
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  const Forwards::primitive_desc forward(
      has_bias() ? Forwards::desc(kKind, kAlgorithm, source,
                                  AnyDesc(seen_.weights, type), BiasDesc(),
                                  desc(target_), g.stride, g.dilation,
                                  g.near_pad, g.far_pad)
                 : Forwards::desc(kKind, kAlgorithm, source,
                                  AnyDesc(seen_.weights, type), desc(target_),
                                  g.stride, g.dilation, g.near_pad, g.far_pad),
      Attributes(relu()), engine());
  CountScratch(context(), forward);
  forward_ = Forwards(forward);
  source_desc_ = forward.src_desc();
  target_desc_ = forward.dst_desc();
  // In training the weights stay floats, also where nothing learns them.
  const LayoutPtr own = LayoutOf(context(), forward.weights_desc());
  const Tensor& had = weights().blob.data;
  weights().layout = !had.empty() ? had.layout()
                     : training() ? AsFloat(context(), own)
                                  : own;

  bool optimized = !IsReference(forward);
  if (weights_learn() || bias_learns()) {
    optimized &= CompileBackwardWeights(forward);
  }
  forward_weights_.Plan(context(), WeightsDesc(), forward.weights_desc());
  if (propagates_down()) optimized &= CompileBackwardData(forward);
  return optimized;
}

bool ConvolutionCpu::CompileBackwardData(
    const Forwards::primitive_desc& forward) {
  const Geometry g = GeometryOf(seen_.window, seen_.source);
  const BackwardsData::primitive_desc desc(
      {kAlgorithm, AnyDesc(seen_.source, type_), AnyDesc(seen_.weights, type_),
       target_desc_, g.stride, g.dilation, g.near_pad, g.far_pad},
      engine(), forward);
  CountScratch(context(), desc);
  backward_data_ = BackwardsData(desc);
  backward_data_weights_.Plan(context(), WeightsDesc(), desc.weights_desc());
  source_diff_.Plan(context(), desc.diff_src_desc(), source_desc_);
  return !IsReference(desc);
}

bool ConvolutionCpu::CompileBackwardWeights(
    const Forwards::primitive_desc& forward) {
  const Geometry g = GeometryOf(seen_.window, seen_.source);
  using Desc = BackwardsWeights::desc;
  const BackwardsWeights::primitive_desc desc(
      bias_learns()
          ? Desc(kAlgorithm, source_desc_, AnyDesc(seen_.weights), BiasDesc(),
                 target_desc_, g.stride, g.dilation, g.near_pad, g.far_pad)
          : Desc(kAlgorithm, source_desc_, AnyDesc(seen_.weights), target_desc_,
                 g.stride, g.dilation, g.near_pad, g.far_pad),
      engine(), forward);
  CountScratch(context(), desc);
  backward_weights_ = BackwardsWeights(desc);
  // What learns is a float, and lies as its gradient comes.
  if (type_ != memory::data_type::f32 && weights().blob.data.empty()) {
    weights().layout = LayoutOf(context(), desc.diff_weights_desc());
  }
  weights_diff_.Plan(context(), desc.diff_weights_desc(), WeightsDesc());
  if (bias_learns()) bias_diff_.Plan(context(), BiasDesc(), BiasDesc());
  return !IsReference(desc);
}

void ConvolutionCpu::Forward(const Blobs& bottoms, const Blobs& tops) {
  if (empty()) return;
  if (cells_) {
    cells_->FoldWeights(params()[0].blob.data.data(), folded_.blob.data.data());
  }
  if (winograd_ != nullptr) {
    for (size_t i = 0; i < bottoms.size(); ++i) {
      ForwardWinograd(*bottoms[i], tops[i]);
    }
    return;
  }
  std::unordered_map<int, memory> arguments;
  arguments[DNNL_ARG_WEIGHTS] =
      forward_weights_.Take(context(), weights().blob.data);
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
  winograd_->Forward(Stored(bottom.data), Stored(weights().blob.data),
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
    relu().Mask(tops[i]->data, &tops[i]->diff);
    if (winograd_ != nullptr) {
      BackwardWinograd(*tops[i], bottoms[i], i > 0, propagate_down(i));
      continue;
    }
    if (weights_learn() || bias_learns()) {
      BackwardWeights(*tops[i], *bottoms[i], i > 0);
    }
    if (!propagate_down(i)) continue;
    backward_data_.execute(
        stream(), {{DNNL_ARG_DIFF_DST,
                    MemoryOf(context(), target_desc_, tops[i]->diff.storage())},
                   {DNNL_ARG_WEIGHTS, backward_data_weights_.Take(
                                          context(), weights().blob.data)},
                   {DNNL_ARG_DIFF_SRC,
                    source_diff_.Open(context(), &bottoms[i]->diff, false)}});
    source_diff_.Close(context());
  }
  stream().wait();
  if (cells_ && weights_learn()) {
    cells_->UnfoldWeights(folded_.blob.diff.data(), params()[0].accumulate,
                          params()[0].blob.diff.data());
  }
}

void ConvolutionCpu::BackwardWinograd(const Blob& top, Blob* bottom, bool add,
                                      bool propagate_down) {
  Parameter& weights = this->weights();
  const float* const diff = Stored(top.diff);
  if (weights_learn()) {
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
  Parameter& weights = this->weights();
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, MemoryOf(context(), source_desc_, bottom.data.storage())},
      {DNNL_ARG_DIFF_DST,
       MemoryOf(context(), target_desc_, top.diff.storage())},
      {DNNL_ARG_DIFF_WEIGHTS,
       weights_diff_.Open(context(),
                          weights_learn() ? &weights.blob.diff : nullptr,
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
