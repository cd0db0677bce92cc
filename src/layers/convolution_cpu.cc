#include <optional>

#include "device/bf16.h"
#include "device/onednn.h"
#include "device/winograd.h"
#include "doppio/layer_registry.h"
#include "layers/convolution.h"
#include "layers/shared/space_to_depth.h"
#include "layers/shared/storage.h"
#include "layers/shared/window_primitives.h"

// How a processor computes convolutions: by Winograd's algorithm or by oneDNN's
// primitives, and those of stride 4 on colours in cells.

namespace doppio {
namespace {

using dnnl::memory;

dnnl::primitive_attr Attributes(const AbsorbedRelu& relu) {
  dnnl::primitive_attr attributes;
  dnnl::post_ops after;
  if (relu.any) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, relu.slope, 0);
  }
  attributes.set_post_ops(after);
  return attributes;
}

class ConvolutionCpu final : public Convolution {
 public:
  using Convolution::Convolution;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
  size_t own_bytes() const override {
    return primitives_.bytes() + folded_.blob.data.bytes() +
           folded_.blob.diff.bytes();
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
  LayoutPtr WeightsLayout() const;
  std::unique_ptr<Winograd> MakeWinograd() const;

  void ForwardWinograd(const Blob& bottom, Blob* top);
  void BackwardWinograd(const Blob& top, Blob* bottom, bool add,
                        bool propagate_down);
  void BackwardPrimitives(const Blob& top, Blob* bottom, bool add,
                          bool propagate_down);

  bool empty() const { return target_.count() == 0; }
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
  WindowPrimitives<ConvolutionKind> primitives_;
  memory::data_type type_ = memory::data_type::f32;  // but of params' diffs
  memory::desc source_desc_, target_desc_;
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
  WindowTask task(seen_.window);
  task.source = cells_
                    ? DescOf(seen_.source,
                             ChannelBlocked(context(), seen_.source, 16, type))
                    : desc(seen_.source);
  task.weights = AnyDesc(seen_.weights, type);
  if (has_bias()) task.bias = DescOf(params()[1].shape, nullptr);
  task.target = desc(target_);
  for (int i = 0; i < seen_.window.axes(); ++i) {
    task.far_pad[i] = seen_.window.FarPad(i, seen_.source[2 + i]);
  }
  task.attributes = Attributes(relu());
  primitives_.Compile(context(), task,
                      {propagates_down(), weights_learn(), bias_learns()});
  source_desc_ = primitives_.source();
  target_desc_ = primitives_.target();
  weights().layout = WeightsLayout();
  primitives_.SettleWeights(context(), DescOf(seen_.weights, weights().layout));
  return primitives_.optimized();
}

// In training the weights stay floats, also where nothing learns them. What
// learns beside bfloat16 lies as its gradient comes.
LayoutPtr ConvolutionCpu::WeightsLayout() const {
  const Tensor& had = weights().blob.data;
  if (!had.empty()) return had.layout();
  if (type_ != memory::data_type::f32 && (weights_learn() || bias_learns())) {
    return LayoutOf(context(), primitives_.weights_gradient());
  }
  const LayoutPtr own = LayoutOf(context(), primitives_.weights());
  return training() ? AsFloat(context(), own) : own;
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
  primitives_.Forward(context(), bottoms, weights().blob.data,
                      has_bias() ? &params()[1].blob.data : nullptr, tops);
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
    } else {
      BackwardPrimitives(*tops[i], bottoms[i], i > 0, propagate_down(i));
    }
  }
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

void ConvolutionCpu::BackwardPrimitives(const Blob& top, Blob* bottom, bool add,
                                        bool propagate_down) {
  if (weights_learn() || bias_learns()) {
    primitives_.BackwardWeights(context(), top, *bottom, add, &weights(),
                                bias_learns() ? &params()[1] : nullptr);
  }
  if (propagate_down) {
    primitives_.BackwardData(context(), top, weights().blob.data, bottom);
  }
}

const RegisterLayer<ConvolutionCpu> kConvolutionCpu("Convolution",
                                                    Device::kCpu);

}  // namespace
}  // namespace doppio
