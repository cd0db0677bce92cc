#pragma once

#include "layers/shared/elementwise.h"

namespace doppio {

// y = |x|.
struct AbsVal {
  explicit AbsVal(const LayerParameter&) {}

  constexpr float Value(float x) const { return std::abs(x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const { return x > 0 ? 1 : x < 0 ? -1 : 0; }
};

}  // namespace doppio
