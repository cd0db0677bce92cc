#include <cmath>

#include "doppio/error.h"
#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Duchi et al., "Adaptive subgradient methods", JMLR 2011:
// h += dw^2, w -= rate * dw / (sqrt(h) + delta).
class AdaGrad : public UpdateRule {
 public:
  explicit AdaGrad(const SolverParameter& param) : delta_(param.delta()) {
    Require(param.momentum() == 0, "solver type \"AdaGrad\" has no momentum, ",
            "but momentum is ", param.momentum());
  }

  void Apply(const ParameterUpdate& update) const override {
    float* const h = update.history[0];
    const float delta = delta_, rate = update.rate;
    UpdateEach(update, [=](float dw, int64_t i) {
      h[i] += dw * dw;
      return rate * dw / NotZero(std::sqrt(h[i]) + delta);
    });
  }

 private:
  const float delta_;
};

const RegisterUpdateRule<AdaGrad> kAdaGrad("AdaGrad");

}  // namespace
}  // namespace doppio
