#include "layers/power.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Power>> kPowerCpu("Power", Device::kCpu);

}  // namespace doppio
