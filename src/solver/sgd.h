#pragma once

#include <cstdint>

namespace doppio {

// Stochastic gradient descent with momentum, the learning rate inside the
// momentum as in Caffe: h = momentum * h + rate * dw, w -= h.
struct SgdStep {
  float* h;
  float momentum, rate;

  constexpr float operator()(float dw, int64_t i) const {
    return h[i] = momentum * h[i] + rate * dw;
  }
};

}  // namespace doppio
