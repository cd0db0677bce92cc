#include "layers/exp.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Exp>> kExpCpu("Exp", Device::kCpu);

}  // namespace doppio
