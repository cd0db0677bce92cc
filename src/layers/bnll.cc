#include "layers/bnll.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Bnll>> kBnllCpu("BNLL", Device::kCpu);

}  // namespace doppio
