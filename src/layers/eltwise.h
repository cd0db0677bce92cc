#pragma once

#include <vector>

#include "doppio/layer.h"
#include "layers/shared/absorbed_relu.h"

namespace doppio {

// The sum (each bottom times its coeff), product or maximum of bottoms of equal
// shape, element by element. Of equal maxima, the later of the first two
// bottoms takes the gradient, and either of them before all others.
class Eltwise : public Layer {
 public:
  Eltwise(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool CanAbsorb(const Layer& next) const override;

 protected:
  AbsorbedRelu relu() const { return ReluAmong(absorbed()); }

  const EltwiseParameter::EltwiseOp operation_;
  // Multiplies the other bottoms for the gradient of a product, which is right
  // where one is 0, rather than dividing the product by one.
  const bool stable_product_;
  std::vector<float> coeff_;
};

}  // namespace doppio
