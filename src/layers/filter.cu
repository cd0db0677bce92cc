#include "doppio/layer_registry.h"
#include "layers/filter.h"

namespace doppio {

// Copies whole images only, which is the same on every device.
const RegisterLayer<Filter> kFilterCuda("Filter", Device::kCuda);

}  // namespace doppio
