#pragma once

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = x where x > 0, and alpha * (exp(x) - 1) elsewhere.
struct Elu {
  explicit Elu(const LayerParameter& param)
      : alpha(param.elu_param().alpha()) {}

  constexpr float Value(float x) const {
    return x > 0 ? x : alpha * simd::Expm1(x);
  }

  // y has the sign of x, unless alpha turns it round.
  constexpr SlopeOf slope_of() const {
    return alpha < 0 ? SlopeOf::kX : SlopeOf::kY;
  }
  constexpr float Slope(float v) const {
    if (v > 0) return 1;
    return alpha < 0 ? alpha * simd::Exp(v) : alpha + v;
  }

  const float alpha;
};

}  // namespace doppio
