#include "layers/relu.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Relu>> kReluCpu("ReLU", Device::kCpu);

}  // namespace doppio
