#include "doppio/layer_registry.h"
#include "layers/exp.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Exp>> kExpCuda("Exp", Device::kCuda);

}  // namespace doppio
