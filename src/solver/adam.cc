#include <cmath>

#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, in
// the form at the end of its section 2, which corrects both biases at once:
// m = momentum * m + (1 - momentum) * dw,
// v = momentum2 * v + (1 - momentum2) * dw^2,
// w -= rate * sqrt(1 - momentum2^t) / (1 - momentum^t) * m / (sqrt(v) + delta).
class Adam : public UpdateRule {
 public:
  explicit Adam(const SolverParameter& param)
      : momentum_(param.momentum()),
        momentum2_(param.momentum2()),
        delta_(param.delta()) {}

  int memories() const override { return 2; }

  void Apply(const ParameterUpdate& update) const override {
    float* const m = update.history[0];
    float* const v = update.history[1];
    const float momentum = momentum_, momentum2 = momentum2_, delta = delta_;
    const float rate = update.rate * BiasCorrection(update.iteration + 1);
    UpdateEach(update, [=](float dw, int64_t i) {
      m[i] = momentum * m[i] + (1 - momentum) * dw;
      v[i] = momentum2 * v[i] + (1 - momentum2) * dw * dw;
      return rate * m[i] / NotZero(std::sqrt(v[i]) + delta);
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

const RegisterUpdateRule<Adam> kAdam("Adam");

}  // namespace
}  // namespace doppio
