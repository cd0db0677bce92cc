#include "doppio/layer_registry.h"
#include "layers/bnll.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Bnll>> kBnllCuda("BNLL", Device::kCuda);

}  // namespace doppio
