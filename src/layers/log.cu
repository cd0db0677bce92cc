#include "doppio/layer_registry.h"
#include "layers/log.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Log>> kLogCuda("Log", Device::kCuda);

}  // namespace doppio
