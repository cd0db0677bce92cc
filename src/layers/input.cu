#include "doppio/layer_registry.h"
#include "layers/input.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<Input> kInputCuda("Input", Device::kCuda);

}  // namespace doppio
