#pragma once

#include "layers/shared/elementwise.h"

namespace doppio {

// y = (shift + scale * x) ^ power.
struct Power {
  explicit Power(const LayerParameter& param)
      : power(param.power_param().power()),
        scale(param.power_param().scale()),
        shift(param.power_param().shift()) {}

  constexpr float Value(float x) const {
    const float base = shift + scale * x;
    if (power == 1) return base;
    return power == 2 ? base * base : std::pow(base, power);
  }

  constexpr SlopeOf slope_of() const {
    return power == 1 || power * scale == 0 ? SlopeOf::kConstant : SlopeOf::kX;
  }
  constexpr float Slope(float x) const {
    if (slope_of() == SlopeOf::kConstant) return power * scale;
    const float base = shift + scale * x;
    return power * scale * (power == 2 ? base : std::pow(base, power - 1));
  }

  const float power;
  const float scale;
  const float shift;
};

}  // namespace doppio
