#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"
#include "layers/shared/weighted_sum.cuh"
#include "layers/split.h"

namespace doppio {
namespace {

class SplitCuda final : public Split {
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
      CudaWeightedSum(diffs, std::vector<float>(diffs.size(), 1), dx.count(),
                      Stored(&dx));
    }
  }
};

const RegisterLayer<SplitCuda> kSplitCuda("Split", Device::kCuda);

}  // namespace
}  // namespace doppio
