#include "doppio/layer_registry.h"
#include "layers/reshape.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<ReshapeLayer> kReshapeLayerCuda("Reshape", Device::kCuda);

}  // namespace doppio
