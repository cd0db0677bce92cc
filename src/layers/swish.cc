#include "layers/swish.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Swish>> kSwishCpu("Swish", Device::kCpu);

}  // namespace doppio
