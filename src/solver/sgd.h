#pragma once

#include "solver/update_each.h"

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

template <typename On>
class Sgd : public UpdateRule {
 public:
  explicit Sgd(const SolverParameter& param) : momentum_(param.momentum()) {}

  void Apply(const std::vector<ParameterUpdate>& updates) const override {
    On::Update(updates, [this](const ParameterUpdate& u) {
      return SgdStep{u.history[0], momentum_, u.rate};
    });
  }

 private:
  const float momentum_;
};

}  // namespace doppio
