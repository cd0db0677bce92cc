#include "doppio/layer_registry.h"
#include "layers/flatten.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<Flatten> kFlattenCuda("Flatten", Device::kCuda);

}  // namespace doppio
