#include "doppio/layer_registry.h"
#include "layers/elu.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Elu>> kEluCuda("ELU", Device::kCuda);

}  // namespace doppio
