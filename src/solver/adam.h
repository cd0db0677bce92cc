#pragma once

#include <cmath>

#include "doppio/error.h"
#include "solver/update_each.h"

namespace doppio {

// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, in
// the form at the end of its section 2, which corrects both biases at once:
// m = momentum * m + (1 - momentum) * dw,
// v = momentum2 * v + (1 - momentum2) * dw^2,
// w -= rate * sqrt(1 - momentum2^t) / (1 - momentum^t) * m / (sqrt(v) + delta).
// Also shrinks the weights by `shrink` times themselves.
struct AdamStep {
  const float* w;
  float *m, *v;
  float momentum, momentum2, delta, rate, shrink;  // rate: with its correction

  constexpr float operator()(float dw, int64_t i) const {
    m[i] = momentum * m[i] + (1 - momentum) * dw;
    v[i] = momentum2 * v[i] + (1 - momentum2) * dw * dw;
    return rate * m[i] / NotZero(std::sqrt(v[i]) + delta) + shrink * w[i];
  }
};

template <typename On>
class Adam : public UpdateRule {
 public:
  explicit Adam(const SolverParameter& param)
      : momentum_(param.momentum()),
        momentum2_(param.momentum2()),
        delta_(param.delta()) {}

  int memories() const override { return 2; }

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return AdamStep{u.data,
                      u.history[0],
                      u.history[1],
                      momentum_,
                      momentum2_,
                      delta_,
                      u.rate * BiasCorrection(u.iteration + 1),
                      u.shrink};
    });
  }

 private:
  // Both means start at 0, from which they recover over the first steps.
  float BiasCorrection(int t) const {
    return static_cast<float>(std::sqrt(1 - std::pow(double{momentum2_}, t)) /
                              (1 - std::pow(double{momentum_}, t)));
  }

  const float momentum_, momentum2_, delta_;
};

// Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019:
// Adam on the bare gradient, and w -= rate * weight_decay * w.
template <typename On>
class AdamW : public Adam<On> {
 public:
  explicit AdamW(const SolverParameter& param) : Adam<On>(param) {
    Require(param.regularization_type() == "L2",
            "solver type \"AdamW\" decays weights by itself; "
            "regularization_type \"",
            param.regularization_type(), "\" is for other types");
  }

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    std::vector<ParameterUpdate> bare = updates;
    for (ParameterUpdate& u : bare) {
      u.shrink = u.rate * u.l2;
      u.l2 = 0;
    }
    Adam<On>::Apply(bare);
  }
};

}  // namespace doppio
