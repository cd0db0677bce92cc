#include "layers/abs_val.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<AbsVal>> kAbsValCpu("AbsVal", Device::kCpu);

}  // namespace doppio
