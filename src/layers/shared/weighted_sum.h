#pragma once

#include <cstdint>
#include <vector>

#include "layers/shared/absorbed_relu.h"

namespace doppio {

// y = sum of weights[i] * terms[i], for n elements and at least one term, in
// one pass over memory; the ReLU's value of that, where there is one. y may be
// the first or the second term.
void WeightedSum(const std::vector<const float*>& terms,
                 const std::vector<float>& weights, int64_t n, float* y,
                 const AbsorbedRelu& relu = {});

}  // namespace doppio
