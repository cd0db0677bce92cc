#pragma once

#include "device/onednn.h"
#include "doppio/layer.h"
#include "layers/shared/spatial.h"

namespace doppio {

// oneDNN's names for the two kinds of layers that slide a window, and their
// gradients. Winograd's algorithm is device/winograd.h's: oneDNN's knows no
// groups.
struct ConvolutionKind {
  using Forward = dnnl::convolution_forward;
  using BackwardData = dnnl::convolution_backward_data;
  using BackwardWeights = dnnl::convolution_backward_weights;
  static constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
};
struct DeconvolutionKind {
  using Forward = dnnl::deconvolution_forward;
  using BackwardData = dnnl::deconvolution_backward_data;
  using BackwardWeights = dnnl::deconvolution_backward_weights;
  static constexpr auto kAlgorithm = dnnl::algorithm::deconvolution_direct;
};

// What primitives are compiled for.
struct WindowTask {
  // Padded by the same on both sides; otherwise far_pad says so.
  explicit WindowTask(const Window& window);

  // How they lie, or that the primitives may choose. The weights' axes are in
  // oneDNN's order, output channels first. The bias stays empty where there is
  // none.
  dnnl::memory::desc source, weights, bias, target;
  dnnl::memory::dims stride, dilation, near_pad, far_pad;
  dnnl::primitive_attr attributes;  // of forward
};

// The gradients that are wanted.
struct WindowGradients {
  bool data, weights, bias;
};

// A convolution or deconvolution, and its gradients, by oneDNN's primitives.
template <typename Kind>
class WindowPrimitives {
 public:
  void Compile(const Context& context, const WindowTask& task,
               const WindowGradients& wanted);

  // How source and target lie; how the weights would best, and how their
  // gradient, a float, comes.
  const dnnl::memory::desc& source() const { return source_; }
  const dnnl::memory::desc& target() const { return target_; }
  const dnnl::memory::desc& weights() const { return weights_; }
  const dnnl::memory::desc& weights_gradient() const {
    return weights_gradient_;
  }
  // Whether none of them is the library's reference code, which is slow.
  bool optimized() const { return optimized_; }

  // Says how the weights will lie; to be called before the first pass.
  void SettleWeights(const Context& context, const dnnl::memory::desc& given);

  // Of copies in other layouts.
  size_t bytes() const;

  // The bias may be null, here and below.
  void Forward(const Context& context, const Blobs& bottoms,
               const Tensor& weights, const Tensor* bias, const Blobs& tops);
  void BackwardData(const Context& context, const Blob& top,
                    const Tensor& weights, Blob* bottom);
  // Adds to the gradients of those that accumulate, and with `add` of all.
  void BackwardWeights(const Context& context, const Blob& top,
                       const Blob& bottom, bool add, Parameter* weights,
                       Parameter* bias);

 private:
  using Forwards = typename Kind::Forward;
  using BackwardsData = typename Kind::BackwardData;
  using BackwardsWeights = typename Kind::BackwardWeights;
  using ForwardDesc = typename Forwards::primitive_desc;

  void CompileBackwardData(const Context& context, const WindowTask& task,
                           const ForwardDesc& forward);
  void CompileBackwardWeights(const Context& context, const WindowTask& task,
                              bool with_bias, const ForwardDesc& forward);
  // Makes the primitive that `desc` describes.
  template <typename Primitive>
  Primitive Make(const Context& context,
                 const typename Primitive::primitive_desc& desc);

  dnnl::memory::desc source_, weights_, bias_, target_;
  dnnl::memory::desc backward_data_wants_, weights_gradient_;
  bool optimized_ = true;
  Forwards forward_;
  BackwardsData backward_data_;
  BackwardsWeights backward_weights_;
  Inlet forward_weights_, backward_data_weights_;
  Outlet source_diff_, weights_diff_, bias_diff_;
};

extern template class WindowPrimitives<ConvolutionKind>;
extern template class WindowPrimitives<DeconvolutionKind>;

}  // namespace doppio
