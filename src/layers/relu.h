#pragma once

#include <algorithm>

#include "layers/shared/elementwise.h"

namespace doppio {

// y = x where x > 0, and negative_slope * x elsewhere ("leaky" if not zero).
struct Relu {
  explicit Relu(const LayerParameter& param)
      : negative_slope(param.relu_param().negative_slope()) {}

  constexpr float Value(float x) const {
    return std::max(x, 0.f) + negative_slope * std::min(x, 0.f);
  }

  // y has the sign of x, unless the slope turns it round.
  constexpr SlopeOf slope_of() const {
    return negative_slope < 0 ? SlopeOf::kX : SlopeOf::kY;
  }
  constexpr float Slope(float v) const { return v > 0 ? 1 : negative_slope; }

  const float negative_slope;
};

}  // namespace doppio
