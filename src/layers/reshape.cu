#include "layers/reshape.h"

#include "doppio/layer_registry.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<ReshapeLayer> kReshapeLayerCuda("Reshape", Device::kCuda);

}  // namespace doppio
