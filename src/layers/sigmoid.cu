#include "doppio/layer_registry.h"
#include "layers/shared/elementwise.cuh"
#include "layers/sigmoid.h"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Sigmoid>> kSigmoidCuda("Sigmoid",
                                                           Device::kCuda);

}  // namespace doppio
