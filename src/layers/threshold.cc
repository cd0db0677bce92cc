#include "layers/threshold.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Threshold>> kThresholdCpu("Threshold",
                                                             Device::kCpu);

}  // namespace doppio
