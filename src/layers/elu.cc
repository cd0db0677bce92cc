#include "layers/elu.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Elu>> kEluCpu("ELU", Device::kCpu);

}  // namespace doppio
