#include "doppio/layer_registry.h"
#include "layers/dummy_data.h"

namespace doppio {

// Moves handles and whole tensors only, which is the same on every device.
const RegisterLayer<DummyData> kDummyDataCuda("DummyData", Device::kCuda);

}  // namespace doppio
