#pragma once

#include <cmath>

#include "doppio/error.h"
#include "solver/update_each.h"

namespace doppio {

// Duchi et al., "Adaptive subgradient methods", JMLR 2011:
// h += dw^2, w -= rate * dw / (sqrt(h) + delta).
struct AdaGradStep {
  float* h;
  float delta, rate;

  constexpr float operator()(float dw, int64_t i) const {
    h[i] += dw * dw;
    return rate * dw / NotZero(std::sqrt(h[i]) + delta);
  }
};

template <typename On>
class AdaGrad : public UpdateRule {
 public:
  explicit AdaGrad(const SolverParameter& param) : delta_(param.delta()) {
    Require(param.momentum() == 0, "solver type \"AdaGrad\" has no momentum, ",
            "but momentum is ", param.momentum());
  }

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return AdaGradStep{u.history[0], delta_, u.rate};
    });
  }

 private:
  const float delta_;
};

}  // namespace doppio
