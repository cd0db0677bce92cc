#include "solver/sgd.h"

#include "solver/update_each.h"
#include "solver/update_rule.h"

namespace doppio {
namespace {

class Sgd : public UpdateRule {
 public:
  explicit Sgd(const SolverParameter& param) : momentum_(param.momentum()) {}

  void Apply(const ParameterUpdate& update) const override {
    UpdateEach(update, SgdStep{update.history[0], momentum_, update.rate});
  }

 private:
  const float momentum_;
};

const RegisterUpdateRule<Sgd> kSgd("SGD");

}  // namespace
}  // namespace doppio
