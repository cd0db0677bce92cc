#include "doppio/layer_registry.h"
#include "layers/abs_val.h"
#include "layers/shared/elementwise.cuh"

namespace doppio {

const RegisterLayer<ElementwiseCuda<AbsVal>> kAbsValCuda("AbsVal",
                                                         Device::kCuda);

}  // namespace doppio
