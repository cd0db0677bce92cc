#include "layers/tanh.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Tanh>> kTanhCpu("TanH", Device::kCpu);

}  // namespace doppio
