#pragma once

#include "layers/shared/elementwise.h"

namespace doppio {

// y = 1 where x > threshold, and 0 elsewhere. It has no gradient.
struct Threshold {
  explicit Threshold(const LayerParameter& param)
      : threshold(param.threshold_param().threshold()) {}

  constexpr float Value(float x) const { return x > threshold ? 1 : 0; }

  constexpr SlopeOf slope_of() const { return SlopeOf::kNone; }
  constexpr float Slope(float) const { return 0; }

  const float threshold;
};

}  // namespace doppio
