#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

// Stochastic gradient descent with momentum, the learning rate inside the
// momentum as in Caffe: h = momentum * h + rate * dw, w -= h.
class Sgd : public UpdateRule {
 public:
  explicit Sgd(const SolverParameter& param) : momentum_(param.momentum()) {}

  void Apply(const ParameterUpdate& update) const override {
    float* const h = update.history[0];
    const float momentum = momentum_, rate = update.rate;
    UpdateEach(update, [=](float dw, int64_t i) {
      return h[i] = momentum * h[i] + rate * dw;
    });
  }

 private:
  const float momentum_;
};

const RegisterUpdateRule<Sgd> kSgd("SGD");

}  // namespace
}  // namespace doppio
