#pragma once

#include <cmath>

#include "doppio/error.h"
#include "solver/update_each.h"

namespace doppio {

// Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning":
// h = rms_decay * h + (1 - rms_decay) * dw^2,
// w -= rate * dw / (sqrt(h) + delta).
struct RmsPropStep {
  float* h;
  float decay, delta, rate;

  constexpr float operator()(float dw, int64_t i) const {
    h[i] = decay * h[i] + (1 - decay) * dw * dw;
    return rate * dw / NotZero(std::sqrt(h[i]) + delta);
  }
};

template <typename On>
class RmsProp : public UpdateRule {
 public:
  explicit RmsProp(const SolverParameter& param)
      : decay_(param.rms_decay()), delta_(param.delta()) {
    Require(param.momentum() == 0, "solver type \"RMSProp\" has no momentum, ",
            "but momentum is ", param.momentum());
    Require(decay_ >= 0 && decay_ < 1, "rms_decay is ", decay_,
            ", which is not in [0, 1)");
  }

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return RmsPropStep{u.history[0], decay_, delta_, u.rate};
    });
  }

 private:
  const float decay_, delta_;
};

}  // namespace doppio
