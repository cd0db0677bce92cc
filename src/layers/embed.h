#pragma once

#include "doppio/layer.h"

namespace doppio {

// Looks up rows of a learned matrix, and adds a bias: an InnerProduct of
// one-hot vectors.
//   bottom: whole numbers, of any shape
//   top:    that shape x num_output
//   params: input_dim x num_output; num_output
class Embed : public Layer {
 public:
  Embed(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int) const override { return false; }

 protected:
  bool has_bias() const { return param_.embed_param().bias_term(); }

  const int rows_;
  const int length_;  // of a row
};

}  // namespace doppio
