#pragma once

#include <cstdint>
#include <optional>

#include "device/onednn.h"
#include "doppio/layer.h"

namespace doppio {

// y = x W' + b for row-major x (rows x inputs) and y (rows x outputs) in
// bfloat16. Sums, the bias and the gradients of parameters are floats; so are
// the weights (outputs x inputs), from which Forward makes a copy to compute
// with, unless nothing learns them.
class Bf16InnerProduct {
 public:
  // Chooses the weights' layout if they have no memory yet. `bias` may be null.
  // In training they stay floats, also where nothing learns them. A ReLU of
  // `relu_slope` below 0, if there is one, is applied to y.
  Bf16InnerProduct(const Context& context, int64_t rows, bool training,
                   bool down, std::optional<float> relu_slope,
                   Parameter* weights, const Parameter* bias);

  void Forward(const Tensor& x, Tensor* y);
  // After Forward.
  void BackwardData(const Tensor& dy, Tensor* dx);
  void BackwardParams(const Tensor& x, const Tensor& dy);
  // Of its copies and buffers.
  size_t bytes() const {
    return forward_weights_.bytes() + backward_data_weights_.bytes() +
           weights_diff_.bytes() + bias_diff_.bytes();
  }

 private:
  using Forwards = dnnl::inner_product_forward;
  using BackwardsData = dnnl::inner_product_backward_data;
  using BackwardsWeights = dnnl::inner_product_backward_weights;

  void CompileBackwardWeights(const Forwards::primitive_desc& forward);
  void CompileBackwardData(const Forwards::primitive_desc& forward);
  dnnl::memory::desc MasterDesc() const;
  dnnl::memory::desc BiasDesc() const { return DescOf(bias_->shape, nullptr); }

  const Context context_;
  Parameter& weights_;
  const Parameter* const bias_;
  dnnl::memory::desc source_, target_;
  Forwards forward_;
  BackwardsData backward_data_;
  BackwardsWeights backward_weights_;
  Inlet forward_weights_, backward_data_weights_;
  bool one_copy_ = false;  // of the weights, for both
  dnnl::memory copy_;      // as Forward took it
  Outlet weights_diff_, bias_diff_;
};

}  // namespace doppio
