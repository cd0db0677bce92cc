#pragma once

#include <algorithm>

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = log(1 + exp(x)), the binomial normal log likelihood, or softplus.
struct Bnll {
  explicit Bnll(const LayerParameter&) {}

  // In a form whose exponential can't overflow.
  constexpr float Value(float x) const {
    return std::max(x, 0.f) + std::log1p(simd::Exp(-std::abs(x)));
  }

  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const { return simd::Sigmoid(x); }
};

}  // namespace doppio
