#pragma once

#include "layers/shared/axis.h"

namespace doppio {

// As Softmax and SoftmaxGradient of softmax.h, on the GPU.
void CudaSoftmax(const AxisView& view, const float* x, float* y);
void CudaSoftmaxGradient(const AxisView& view, const float* y, const float* dy,
                         float* dx);

}  // namespace doppio
