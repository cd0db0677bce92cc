#include "solver/nesterov.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<Nesterov<OnCuda>> kNesterovCuda("Nesterov",
                                                         Device::kCuda);

}  // namespace doppio
