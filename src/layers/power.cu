#include "doppio/layer_registry.h"
#include "layers/power.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Power>> kPowerCuda("Power", Device::kCuda);

}  // namespace doppio
