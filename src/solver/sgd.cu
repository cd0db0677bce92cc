#include "solver/sgd.h"
#include "solver/update_each.cuh"

namespace doppio {
namespace {

class SgdCuda : public UpdateRule {
 public:
  explicit SgdCuda(const SolverParameter& param)
      : momentum_(param.momentum()) {}

  void Apply(const ParameterUpdate& update) const override {
    CudaUpdateEach(update, SgdStep{update.history[0], momentum_, update.rate});
  }

 private:
  const float momentum_;
};

const RegisterUpdateRule<SgdCuda> kSgdCuda("SGD", Device::kCuda);

}  // namespace
}  // namespace doppio
