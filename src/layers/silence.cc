#include "layers/silence.h"

#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Silence::traits() const {
  LayerTraits t;
  t.max_bottoms = LayerTraits::kAny;
  t.min_tops = t.max_tops = 0;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

void Silence::Backward(const Blobs&, const Blobs& bottoms) {
  for (size_t i = 0; i < bottoms.size(); ++i) {
    if (propagate_down(i)) bottoms[i]->diff.Zero();
  }
}

const RegisterLayer<Silence> kSilenceCpu("Silence", Device::kCpu);

}  // namespace doppio
