#pragma once

#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = tanh(x).
struct Tanh {
  explicit Tanh(const LayerParameter&) {}

  constexpr float Value(float x) const { return simd::Tanh(x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kY; }
  constexpr float Slope(float y) const { return 1 - y * y; }
};

}  // namespace doppio
