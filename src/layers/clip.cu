#include "doppio/layer_registry.h"
#include "layers/clip.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<Clip>> kClipCuda("Clip", Device::kCuda);

}  // namespace doppio
