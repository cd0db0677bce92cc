#include <cmath>

#include "doppio/error.h"
#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Tieleman and Hinton, lecture 6.5 of "Neural networks for machine learning":
// h = rms_decay * h + (1 - rms_decay) * dw^2,
// w -= rate * dw / (sqrt(h) + delta).
class RmsProp : public UpdateRule {
 public:
  explicit RmsProp(const SolverParameter& param)
      : decay_(param.rms_decay()), delta_(param.delta()) {
    Require(param.momentum() == 0, "solver type \"RMSProp\" has no momentum, ",
            "but momentum is ", param.momentum());
    Require(decay_ >= 0 && decay_ < 1, "rms_decay is ", decay_,
            ", which is not in [0, 1)");
  }

  void Apply(const ParameterUpdate& update) const override {
    float* const h = update.history[0];
    const float decay = decay_, delta = delta_, rate = update.rate;
    UpdateEach(update, [=](float dw, int64_t i) {
      h[i] = decay * h[i] + (1 - decay) * dw * dw;
      return rate * dw / NotZero(std::sqrt(h[i]) + delta);
    });
  }

 private:
  const float decay_, delta_;
};

const RegisterUpdateRule<RmsProp> kRmsProp("RMSProp");

}  // namespace
}  // namespace doppio
