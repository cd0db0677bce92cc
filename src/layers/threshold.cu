#include "doppio/layer_registry.h"
#include "layers/shared/elementwise.cuh"
#include "layers/threshold.h"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Threshold>> kThresholdCuda("Threshold",
                                                               Device::kCuda);

}  // namespace doppio
