#include "solver/ada_delta.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<AdaDelta<OnCuda>> kAdaDeltaCuda("AdaDelta",
                                                         Device::kCuda);

}  // namespace doppio
