#include "solver/sgd.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<Sgd<OnCuda>> kSgdCuda("SGD", Device::kCuda);

}  // namespace doppio
