#include "layers/log.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Log>> kLogCpu("Log", Device::kCpu);

}  // namespace doppio
