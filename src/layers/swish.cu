#include "doppio/layer_registry.h"
#include "layers/shared/elementwise.cuh"
#include "layers/swish.h"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Swish>> kSwishCuda("Swish", Device::kCuda);

}  // namespace doppio
