#include "solver/ada_grad.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<AdaGrad<OnCuda>> kAdaGradCuda("AdaGrad",
                                                       Device::kCuda);

}  // namespace doppio
