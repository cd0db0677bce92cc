#include "layers/clip.h"

#include "doppio/layer_registry.h"

namespace doppio {

const RegisterLayer<ElementwiseCpu<Clip>> kClipCpu("Clip", Device::kCpu);

}  // namespace doppio
