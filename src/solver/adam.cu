#include "solver/adam.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<Adam<OnCuda>> kAdamCuda("Adam", Device::kCuda);
const RegisterUpdateRule<AdamW<OnCuda>> kAdamWCuda("AdamW", Device::kCuda);

}  // namespace doppio
