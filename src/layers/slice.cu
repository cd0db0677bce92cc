#include "doppio/layer_registry.h"
#include "layers/shared/copy_rows.cuh"
#include "layers/slice.h"

namespace doppio {
namespace {

class SliceCuda final : public Slice {
 public:
  using Slice::Slice;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t bottom_row) {
      CudaCopyRows(rows, row, x + offset, bottom_row, tops[i]->data.data(),
                   row);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    float* dx = bottoms[0]->diff.data();
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t bottom_row) {
      CudaCopyRows(rows, row, tops[i]->diff.data(), row, dx + offset,
                   bottom_row);
    });
  }
};

const RegisterLayer<SliceCuda> kSliceCuda("Slice", Device::kCuda);

}  // namespace
}  // namespace doppio
