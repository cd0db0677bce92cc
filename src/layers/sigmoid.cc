#include "layers/sigmoid.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Sigmoid>> kSigmoidCpu("Sigmoid",
                                                         Device::kCpu);

}  // namespace doppio
