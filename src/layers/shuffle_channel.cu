#include "doppio/layer_registry.h"
#include "layers/shared/rearrange.cuh"
#include "layers/shuffle_channel.h"

namespace doppio {

const RegisterLayer<RearrangedOnCuda<ShuffleChannel>> kShuffleChannelCuda(
    "ShuffleChannel", Device::kCuda);

}  // namespace doppio
