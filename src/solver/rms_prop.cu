#include "solver/rms_prop.h"
#include "solver/update_each.cuh"

namespace doppio {

const RegisterUpdateRule<RmsProp<OnCuda>> kRmsPropCuda("RMSProp",
                                                       Device::kCuda);

}  // namespace doppio
