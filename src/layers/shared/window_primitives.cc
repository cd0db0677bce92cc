#include "layers/shared/window_primitives.h"

#include <string>
#include <unordered_map>

namespace doppio {
namespace {

using dnnl::memory;

memory::desc InAnyLayout(const memory::desc& desc, memory::data_type type) {
  return memory::desc(desc.dims(), type, memory::format_tag::any);
}

}  // namespace

WindowTask::WindowTask(const Window& window) {
  for (int i = 0; i < window.axes(); ++i) {
    stride.push_back(window.stride[i]);
    dilation.push_back(window.dilation[i] - 1);  // counts the holes
    near_pad.push_back(window.pad[i]);
  }
  far_pad = near_pad;
}

template <typename Kind>
template <typename Primitive>
Primitive WindowPrimitives<Kind>::Make(
    const Context& context, const typename Primitive::primitive_desc& desc) {
  CountScratch(context, desc);
  const std::string kernel = desc.impl_info_str();
  if (kernel.find("ref") != std::string::npos) optimized_ = false;
  return Primitive(desc);
}

template <typename Kind>
void WindowPrimitives<Kind>::Compile(const Context& context,
                                     const WindowTask& task,
                                     const WindowGradients& wanted) {
  *this = {};
  const ForwardDesc forward(
      typename Forwards::desc(dnnl::prop_kind::forward_training,
                              Kind::kAlgorithm, task.source, task.weights,
                              task.bias, task.target, task.stride,
                              task.dilation, task.near_pad, task.far_pad),
      task.attributes, context.libraries().engine);
  forward_ = Make<Forwards>(context, forward);
  source_ = forward.src_desc();
  weights_ = forward.weights_desc();
  bias_ = task.bias;
  target_ = forward.dst_desc();
  if (wanted.data) CompileBackwardData(context, task, forward);
  if (wanted.weights || wanted.bias) {
    CompileBackwardWeights(context, task, wanted.bias, forward);
  }
}

template <typename Kind>
void WindowPrimitives<Kind>::CompileBackwardData(const Context& context,
                                                 const WindowTask& task,
                                                 const ForwardDesc& forward) {
  const typename BackwardsData::primitive_desc desc(
      {Kind::kAlgorithm, InAnyLayout(source_, source_.data_type()),
       InAnyLayout(weights_, weights_.data_type()), target_, task.stride,
       task.dilation, task.near_pad, task.far_pad},
      context.libraries().engine, forward);
  backward_data_ = Make<BackwardsData>(context, desc);
  backward_data_wants_ = desc.weights_desc();
  source_diff_.Plan(context, desc.diff_src_desc(), source_);
}

template <typename Kind>
void WindowPrimitives<Kind>::CompileBackwardWeights(
    const Context& context, const WindowTask& task, bool with_bias,
    const ForwardDesc& forward) {
  const typename BackwardsWeights::primitive_desc desc(
      {Kind::kAlgorithm, source_, InAnyLayout(weights_, memory::data_type::f32),
       with_bias ? task.bias : memory::desc(), target_, task.stride,
       task.dilation, task.near_pad, task.far_pad},
      context.libraries().engine, forward);
  backward_weights_ = Make<BackwardsWeights>(context, desc);
  weights_gradient_ = desc.diff_weights_desc();
  if (with_bias) bias_diff_.Plan(context, bias_, bias_);
}

template <typename Kind>
void WindowPrimitives<Kind>::SettleWeights(const Context& context,
                                           const memory::desc& given) {
  forward_weights_.Plan(context, given, weights_);
  if (backward_data_) {
    backward_data_weights_.Plan(context, given, backward_data_wants_);
  }
  if (backward_weights_) weights_diff_.Plan(context, weights_gradient_, given);
}

template <typename Kind>
size_t WindowPrimitives<Kind>::bytes() const {
  return forward_weights_.bytes() + backward_data_weights_.bytes() +
         source_diff_.bytes() + weights_diff_.bytes() + bias_diff_.bytes();
}

template <typename Kind>
void WindowPrimitives<Kind>::Forward(const Context& context,
                                     const Blobs& bottoms,
                                     const Tensor& weights, const Tensor* bias,
                                     const Blobs& tops) {
  std::unordered_map<int, memory> arguments;
  arguments[DNNL_ARG_WEIGHTS] = forward_weights_.Take(context, weights);
  if (bias != nullptr) {
    arguments[DNNL_ARG_BIAS] = MemoryOf(context, bias_, bias->storage());
  }
  dnnl::stream& stream = context.libraries().stream;
  for (size_t i = 0; i < bottoms.size(); ++i) {
    arguments[DNNL_ARG_SRC] =
        MemoryOf(context, source_, bottoms[i]->data.storage());
    arguments[DNNL_ARG_DST] =
        MemoryOf(context, target_, tops[i]->data.storage());
    forward_.execute(stream, arguments);
  }
  stream.wait();
}

template <typename Kind>
void WindowPrimitives<Kind>::BackwardData(const Context& context,
                                          const Blob& top,
                                          const Tensor& weights, Blob* bottom) {
  dnnl::stream& stream = context.libraries().stream;
  backward_data_.execute(
      stream,
      {{DNNL_ARG_DIFF_DST, MemoryOf(context, target_, top.diff.storage())},
       {DNNL_ARG_WEIGHTS, backward_data_weights_.Take(context, weights)},
       {DNNL_ARG_DIFF_SRC, source_diff_.Open(context, &bottom->diff, false)}});
  source_diff_.Close(context);
  stream.wait();
}

// The library computes both gradients at once, so that of weights that do not
// learn stays in the buffer.
template <typename Kind>
void WindowPrimitives<Kind>::BackwardWeights(const Context& context,
                                             const Blob& top,
                                             const Blob& bottom, bool add,
                                             Parameter* weights,
                                             Parameter* bias) {
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, MemoryOf(context, source_, bottom.data.storage())},
      {DNNL_ARG_DIFF_DST, MemoryOf(context, target_, top.diff.storage())},
      {DNNL_ARG_DIFF_WEIGHTS,
       weights_diff_.Open(context,
                          weights->learns ? &weights->blob.diff : nullptr,
                          add || weights->accumulate)}};
  if (bias != nullptr) {
    arguments[DNNL_ARG_DIFF_BIAS] =
        bias_diff_.Open(context, &bias->blob.diff, add || bias->accumulate);
  }
  dnnl::stream& stream = context.libraries().stream;
  backward_weights_.execute(stream, arguments);
  weights_diff_.Close(context);
  if (bias != nullptr) bias_diff_.Close(context);
  stream.wait();
}

template class WindowPrimitives<ConvolutionKind>;
template class WindowPrimitives<DeconvolutionKind>;

}  // namespace doppio
