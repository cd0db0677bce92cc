#pragma once

#include <optional>

#include "doppio/layer.h"
#include "layers/shared/axis.h"

namespace doppio {

// The indices of the top_k largest values, best first; of equal values the
// later one is the better.
//   With an axis:  that axis shrinks to top_k indices, or with out_max_val the
//                  values in their place.
//   Without:       N x 1 x top_k indices into each flattened image, or with
//                  out_max_val N x 2 x top_k: indices, then values. (Further
//                  axes of the bottom remain as 1.)
class ArgMax : public Layer {
 public:
  ArgMax(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int) const override { return false; }

 protected:
  const bool has_axis_;
  const bool gives_values_;
  const int top_k_;
  AxisView view_;
};

}  // namespace doppio
