#pragma once

#include "doppio/error.h"
#include "layers/shared/elementwise.h"

namespace doppio {

// y = log(shift + scale * x) to a base of which -1 stands for e.
struct Log {
  explicit Log(const LayerParameter& param)
      : scale(param.log_param().scale()),
        shift(param.log_param().shift()),
        per_log_base(1 / LogOf(param.log_param().base())) {}

  constexpr float Value(float x) const {
    return per_log_base * std::log(shift + scale * x);
  }

  constexpr SlopeOf slope_of() const { return SlopeOf::kX; }
  constexpr float Slope(float x) const {
    return per_log_base * scale / (shift + scale * x);
  }

  const float scale;
  const float shift;
  const float per_log_base;

 private:
  static float LogOf(float base) {
    Require(base == -1 || (base > 0 && base != 1), "log_param has base: ", base,
            "; give a positive one other than 1, or -1 for e");
    return base == -1 ? 1 : std::log(base);
  }
};

}  // namespace doppio
