#include "layers/split.h"

#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"
#include "layers/shared/weighted_sum.h"

namespace doppio {

LayerTraits Split::traits() const {
  LayerTraits t;
  t.max_tops = LayerTraits::kAny;
  t.shares_data = true;
  t.elementwise = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Split::Reshape(const Shapes& bottoms) {
  return Shapes(top_count(), bottoms[0]);
}

void Split::Forward(const Blobs& bottoms, const Blobs& tops) {
  for (Blob* top : tops) top->data = bottoms[0]->data;
}

namespace {

class SplitCpu final : public Split {
 public:
  using Split::Split;

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    // A top whose reader gives no gradient has no diff.
    std::vector<const float*> diffs;
    for (const Blob* top : tops) {
      if (!top->diff.empty()) diffs.push_back(Stored(top->diff));
    }
    Tensor& dx = bottoms[0]->diff;
    if (diffs.empty()) {
      dx.Zero();
    } else {
      WeightedSum(diffs, std::vector<float>(diffs.size(), 1), StoredCount(dx),
                  Stored(&dx));
    }
  }
};

const RegisterLayer<SplitCpu> kSplitCpu("Split", Device::kCpu);

}  // namespace
}  // namespace doppio
