#include "solver/ada_grad.h"

namespace doppio {

const RegisterUpdateRule<AdaGrad<OnCpu>> kAdaGrad("AdaGrad");

}  // namespace doppio
