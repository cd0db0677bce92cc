#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Nesterov's accelerated gradient (Sutskever et al., "On the importance of
// initialization and momentum in deep learning", ICML 2013):
// h' = momentum * h + rate * dw, w -= (1 + momentum) * h' - momentum * h.
class Nesterov : public UpdateRule {
 public:
  explicit Nesterov(const SolverParameter& param)
      : momentum_(param.momentum()) {}

  void Apply(const ParameterUpdate& update) const override {
    float* const h = update.history[0];
    const float momentum = momentum_, rate = update.rate;
    UpdateEach(update, [=](float dw, int64_t i) {
      const float before = h[i];
      h[i] = momentum * before + rate * dw;
      return (1 + momentum) * h[i] - momentum * before;
    });
  }

 private:
  const float momentum_;
};

const RegisterUpdateRule<Nesterov> kNesterov("Nesterov");

}  // namespace
}  // namespace doppio
