#pragma once

#include "doppio/error.h"
#include "layers/shared/elementwise.h"
#include "layers/shared/simd_math.h"

namespace doppio {

// y = base ^ (shift + scale * x); a base of -1 stands for e.
struct Exp {
  explicit Exp(const LayerParameter& param)
      : Exp(param.exp_param().base(), param.exp_param()) {}

  constexpr float Value(float x) const { return outer * simd::Exp(inner * x); }

  constexpr SlopeOf slope_of() const { return SlopeOf::kY; }
  constexpr float Slope(float y) const { return inner * y; }

  const float inner;  // log(base) * scale
  const float outer;  // base ^ shift

 private:
  Exp(float base, const ExpParameter& param)
      : inner(LogOf(base) * param.scale()),
        outer(std::exp(LogOf(base) * param.shift())) {}

  static float LogOf(float base) {
    Require(base == -1 || base > 0, "exp_param has base: ", base,
            "; give a positive one, or -1 for e");
    return base == -1 ? 1 : std::log(base);
  }
};

}  // namespace doppio
