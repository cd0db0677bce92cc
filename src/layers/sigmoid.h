#pragma once

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = 1 / (1 + exp(-x)).
struct Sigmoid {
  explicit Sigmoid(const LayerParameter&) {}

  constexpr float Value(float x) const { return simd::Sigmoid(x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kY; }
  constexpr float Slope(float y) const { return y * (1 - y); }
};

}  // namespace doppio
