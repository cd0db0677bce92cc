#include <cmath>

#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Zeiler, "ADADELTA: an adaptive learning rate method", 2012, with `momentum`
// as the decay of both running means:
// g = momentum * g + (1 - momentum) * dw^2,
// step = dw * sqrt((s + delta) / (g + delta)),
// s = momentum * s + (1 - momentum) * step^2, w -= rate * step.
class AdaDelta : public UpdateRule {
 public:
  explicit AdaDelta(const SolverParameter& param)
      : momentum_(param.momentum()), delta_(param.delta()) {}

  int memories() const override { return 2; }

  void Apply(const ParameterUpdate& update) const override {
    float* const g = update.history[0];
    float* const s = update.history[1];
    const float momentum = momentum_, delta = delta_, rate = update.rate;
    UpdateEach(update, [=](float dw, int64_t i) {
      g[i] = momentum * g[i] + (1 - momentum) * dw * dw;
      const float ratio = (s[i] + delta) / NotZero(g[i] + delta);
      const float step = dw * std::sqrt(ratio);
      s[i] = momentum * s[i] + (1 - momentum) * step * step;
      return rate * step;
    });
  }

 private:
  const float momentum_, delta_;
};

const RegisterUpdateRule<AdaDelta> kAdaDelta("AdaDelta");

}  // namespace
}  // namespace doppio
