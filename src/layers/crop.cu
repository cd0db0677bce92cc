#include "doppio/layer_registry.h"
#include "layers/crop.h"
#include "layers/shared/strided.cuh"

namespace doppio {
namespace {

class CropCuda final : public Crop {
 public:
  using Crop::Crop;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    CudaGather(cut(), bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    bottoms[0]->diff.Zero();
    CudaScatter(cut(), tops[0]->diff.data(), bottoms[0]->diff.data());
  }

 private:
  // The top's elements in the bottom.
  StridedView cut() const {
    std::vector<int64_t> strides;
    int64_t first = 0;
    for (int axis = 0; axis < bottom_.axes(); ++axis) {
      strides.push_back(bottom_.count(axis + 1));
      first += offsets_[axis] * strides[axis];
    }
    return StridedView(top_.extents(), strides, first);
  }
};

const RegisterLayer<CropCuda> kCropCuda("Crop", Device::kCuda);

}  // namespace
}  // namespace doppio
