#include "doppio/layer_registry.h"
#include "layers/silence.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<Silence> kSilenceCuda("Silence", Device::kCuda);

}  // namespace doppio
