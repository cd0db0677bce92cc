#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "doppio/layer.h"

namespace doppio {

// A ReLU that another layer applies to its top in passing: y = x where x > 0,
// and slope * x elsewhere.
struct AbsorbedRelu {
  bool any = false;
  float slope = 1;

  float Value(float x) const {
    return std::max(x, 0.f) + slope * std::min(x, 0.f);
  }

  void Apply(int64_t n, float* y) const;

  // Turns the gradient with respect to y into that with respect to x, in place.
  void Mask(const Tensor& y, Tensor* dy) const;
};

// Whether a layer is a ReLU, and one whose gradient its top tells.
bool IsAbsorbableRelu(const Layer& layer);

// The ReLU at the end of what a layer has absorbed, if there is one.
AbsorbedRelu ReluAmong(const std::vector<Layer*>& absorbed);

}  // namespace doppio
