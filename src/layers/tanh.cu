#include "doppio/layer_registry.h"
#include "layers/shared/elementwise.cuh"
#include "layers/tanh.h"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Tanh>> kTanhCuda("TanH", Device::kCuda);

}  // namespace doppio
