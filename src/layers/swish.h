#pragma once

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = x * sigmoid(beta * x).
struct Swish {
  explicit Swish(const LayerParameter& param)
      : beta(param.swish_param().beta()) {}

  constexpr float Value(float x) const { return x * simd::Sigmoid(beta * x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const {
    const float s = simd::Sigmoid(beta * x);
    return s + beta * x * s * (1 - s);
  }

  const float beta;
};

}  // namespace doppio
