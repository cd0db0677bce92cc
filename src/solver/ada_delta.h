#pragma once

#include <cmath>

#include "solver/update_each.h"

namespace doppio {

// Zeiler, "ADADELTA: an adaptive learning rate method", 2012, with `momentum`
// as the decay of both running means:
// g = momentum * g + (1 - momentum) * dw^2,
// step = dw * sqrt((s + delta) / (g + delta)),
// s = momentum * s + (1 - momentum) * step^2, w -= rate * step.
struct AdaDeltaStep {
  float *g, *s;
  float momentum, delta, rate;

  constexpr float operator()(float dw, int64_t i) const {
    g[i] = momentum * g[i] + (1 - momentum) * dw * dw;
    const float ratio = (s[i] + delta) / NotZero(g[i] + delta);
    const float step = dw * std::sqrt(ratio);
    s[i] = momentum * s[i] + (1 - momentum) * step * step;
    return rate * step;
  }
};

template <typename On>
class AdaDelta : public UpdateRule {
 public:
  explicit AdaDelta(const SolverParameter& param)
      : momentum_(param.momentum()), delta_(param.delta()) {}

  int memories() const override { return 2; }

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return AdaDeltaStep{u.history[0], u.history[1], momentum_, delta_,
                          u.rate};
    });
  }

 private:
  const float momentum_, delta_;
};

}  // namespace doppio
