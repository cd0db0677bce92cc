#pragma once

#include "solver/update_each.h"

namespace doppio {

// Nesterov's accelerated gradient (Sutskever et al., "On the importance of
// initialization and momentum in deep learning", ICML 2013):
// h' = momentum * h + rate * dw, w -= (1 + momentum) * h' - momentum * h.
struct NesterovStep {
  float* h;
  float momentum, rate;

  constexpr float operator()(float dw, int64_t i) const {
    const float before = h[i];
    h[i] = momentum * before + rate * dw;
    return (1 + momentum) * h[i] - momentum * before;
  }
};

template <typename On>
class Nesterov : public UpdateRule {
 public:
  explicit Nesterov(const SolverParameter& param)
      : momentum_(param.momentum()) {}

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return NesterovStep{u.history[0], momentum_, u.rate};
    });
  }

 private:
  const float momentum_;
};

}  // namespace doppio
