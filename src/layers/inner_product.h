#pragma once

#include <cstdint>

#include "doppio/layer.h"
#include "layers/shared/absorbed_relu.h"

namespace doppio {

// y = W x + b for each row x.
//   bottom: N x K; N may be several axes, those before `axis`, and K the rest
//   top:    N x num_output
//   params: num_output x K, or its transpose; num_output
class InnerProduct : public Layer {
 public:
  InnerProduct(const LayerParameter& param, const Context& context);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool CanAbsorb(const Layer& next) const override {
    return absorbed().empty() && IsAbsorbableRelu(next);
  }
  int64_t multiply_adds() const override { return rows_ * inputs_ * outputs_; }

 protected:
  AbsorbedRelu relu() const { return ReluAmong(absorbed()); }
  bool has_bias() const { return param_.inner_product_param().bias_term(); }
  bool transposed() const { return param_.inner_product_param().transpose(); }

  int64_t rows_ = 0;     // N
  int64_t inputs_ = 0;   // K
  int64_t outputs_ = 0;  // num_output
};

}  // namespace doppio
