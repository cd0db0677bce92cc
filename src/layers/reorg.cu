#include "doppio/layer_registry.h"
#include "layers/reorg.h"
#include "layers/shared/rearrange.cuh"

namespace doppio {

const RegisterLayer<RearrangedOnCuda<Reorg>> kReorgCuda("Reorg", Device::kCuda);

}  // namespace doppio
