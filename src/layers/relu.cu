#include "doppio/layer_registry.h"
#include "layers/relu.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Relu>> kReluCuda("ReLU", Device::kCuda);

}  // namespace doppio
