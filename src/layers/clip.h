#pragma once

#include <algorithm>

#include "layers/shared/elementwise.h"

namespace doppio {

// y = min(max(x, low), high).
struct Clip {
  explicit Clip(const LayerParameter& param)
      : low(param.clip_param().min()), high(param.clip_param().max()) {}

  constexpr float Value(float x) const {
    return std::max(low, std::min(x, high));
  }

  // Not of y: x may have been at the bound, or beyond it.
  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const { return x >= low && x <= high ? 1 : 0; }

  const float low;
  const float high;
};

}  // namespace doppio
