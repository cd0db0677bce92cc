#pragma once

#include "layers/shared/axis.h"

namespace doppio {

// y = exp(x) / sum of exp(x) along an axis. x and y may be the same.
void Softmax(const AxisView& view, const float* x, float* y);

// dx = (dy - sum of dy * y) * y. dx and dy may be the same.
void SoftmaxGradient(const AxisView& view, const float* y, const float* dy,
                     float* dx);

}  // namespace doppio
