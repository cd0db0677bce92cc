#include "device/bf16_inner_product.h"

#include <unordered_map>

#include "device/bf16.h"

namespace doppio {

using dnnl::memory;

Bf16InnerProduct::Bf16InnerProduct(const Context& context, int64_t rows,
                                   bool training, bool down,
                                   std::optional<float> relu_slope,
                                   Parameter* weights, const Parameter* bias)
    : context_(context), weights_(*weights), bias_(bias) {
  const int n = static_cast<int>(rows);
  const Shape& w = weights->shape;
  source_ = DescOf({n, w[1]}, PlainBf16(context, {n, w[1]}));
  target_ = DescOf({n, w[0]}, PlainBf16(context, {n, w[0]}));
  constexpr auto kKind = dnnl::prop_kind::forward_training;
  const memory::desc any = AnyDesc(w, memory::data_type::bf16);
  dnnl::post_ops after;
  if (relu_slope) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, *relu_slope, 0);
  }
  dnnl::primitive_attr attributes;
  attributes.set_post_ops(after);
  const Forwards::primitive_desc forward(
      bias ? Forwards::desc(kKind, source_, any, BiasDesc(), target_)
           : Forwards::desc(kKind, source_, any, target_),
      attributes, context.libraries().engine);
  forward_ = Forwards(forward);
  const LayoutPtr own = LayoutOf(context, forward.weights_desc());
  weights->layout = !weights->blob.data.empty() ? weights->blob.data.layout()
                    : training                  ? AsFloat(context, own)
                                                : own;
  if (weights->learns || (bias && bias->learns)) {
    CompileBackwardWeights(forward);
  }
  forward_weights_.Plan(context, MasterDesc(), forward.weights_desc());
  if (down) CompileBackwardData(forward);
}

memory::desc Bf16InnerProduct::MasterDesc() const {
  return DescOf(weights_.shape, weights_.layout);
}

void Bf16InnerProduct::CompileBackwardWeights(
    const Forwards::primitive_desc& forward) {
  using Desc = BackwardsWeights::desc;
  const bool bias_learns = bias_ && bias_->learns;
  const memory::desc any = AnyDesc(weights_.shape, memory::data_type::f32);
  const BackwardsWeights::primitive_desc desc(
      bias_learns ? Desc(source_, any, BiasDesc(), target_)
                  : Desc(source_, any, target_),
      context_.libraries().engine, forward);
  backward_weights_ = BackwardsWeights(desc);
  if (weights_.blob.data.empty()) {
    weights_.layout = LayoutOf(context_, desc.diff_weights_desc());
  }
  weights_diff_.Plan(context_, desc.diff_weights_desc(), MasterDesc());
  if (bias_learns) bias_diff_.Plan(context_, BiasDesc(), BiasDesc());
}

void Bf16InnerProduct::CompileBackwardData(
    const Forwards::primitive_desc& forward) {
  const BackwardsData::primitive_desc desc(
      {source_, AnyDesc(weights_.shape, memory::data_type::bf16), target_},
      context_.libraries().engine, forward);
  backward_data_ = BackwardsData(desc);
  one_copy_ = desc.weights_desc() == forward.weights_desc();
  if (!one_copy_) {
    backward_data_weights_.Plan(context_, MasterDesc(), desc.weights_desc());
  }
}

void Bf16InnerProduct::Forward(const Tensor& x, Tensor* y) {
  copy_ = forward_weights_.Take(context_, weights_.blob.data);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, MemoryOf(context_, source_, x.storage())},
      {DNNL_ARG_WEIGHTS, copy_},
      {DNNL_ARG_DST, MemoryOf(context_, target_, y->storage())}};
  if (bias_) {
    arguments[DNNL_ARG_BIAS] =
        MemoryOf(context_, BiasDesc(), bias_->blob.data.storage());
  }
  forward_.execute(context_.libraries().stream, arguments);
  context_.libraries().stream.wait();
}

void Bf16InnerProduct::BackwardData(const Tensor& dy, Tensor* dx) {
  const memory weights =
      one_copy_ ? copy_
                : backward_data_weights_.Take(context_, weights_.blob.data);
  backward_data_.execute(
      context_.libraries().stream,
      {{DNNL_ARG_DIFF_DST, MemoryOf(context_, target_, dy.storage())},
       {DNNL_ARG_WEIGHTS, weights},
       {DNNL_ARG_DIFF_SRC, MemoryOf(context_, source_, dx->storage())}});
  context_.libraries().stream.wait();
}

void Bf16InnerProduct::BackwardParams(const Tensor& x, const Tensor& dy) {
  // Both come at once: a gradient that nobody wants stays in the buffer.
  const bool bias_learns = bias_ && bias_->learns;
  Tensor bias_diff = bias_learns ? bias_->blob.diff : Tensor();
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, MemoryOf(context_, source_, x.storage())},
      {DNNL_ARG_DIFF_DST, MemoryOf(context_, target_, dy.storage())},
      {DNNL_ARG_DIFF_WEIGHTS,
       weights_diff_.Open(context_,
                          weights_.learns ? &weights_.blob.diff : nullptr,
                          weights_.accumulate)}};
  if (bias_learns) {
    arguments[DNNL_ARG_DIFF_BIAS] =
        bias_diff_.Open(context_, &bias_diff, bias_->accumulate);
  }
  backward_weights_.execute(context_.libraries().stream, arguments);
  weights_diff_.Close(context_);
  if (bias_learns) bias_diff_.Close(context_);
  context_.libraries().stream.wait();
}

}  // namespace doppio
