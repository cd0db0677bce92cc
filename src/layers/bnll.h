#pragma once

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = log(1 + exp(x)), the binomial normal log likelihood, or softplus.
struct Bnll {
  explicit Bnll(const LayerParameter&) {}

  constexpr float Value(float x) const { return simd::Softplus(x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const { return simd::Sigmoid(x); }
};

}  // namespace doppio
