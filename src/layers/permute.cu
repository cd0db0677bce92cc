#include "doppio/layer_registry.h"
#include "layers/permute.h"
#include "layers/shared/rearrange.cuh"

namespace doppio {

const RegisterLayer<RearrangedOnCuda<Permute>> kPermuteCuda("Permute",
                                                            Device::kCuda);

}  // namespace doppio
