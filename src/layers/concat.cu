#include "doppio/layer_registry.h"
#include "layers/concat.h"
#include "layers/shared/copy_rows.cuh"

namespace doppio {
namespace {

class ConcatCuda final : public Concat {
 public:
  using Concat::Concat;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    float* y = tops[0]->data.data();
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t top_row) {
      CudaCopyRows(rows, row, bottoms[i]->data.data(), row, y + offset,
                   top_row);
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = tops[0]->diff.data();
    ForEachPart([&](size_t i, int64_t offset, int64_t rows, int64_t row,
                    int64_t top_row) {
      if (!propagate_down(i)) return;
      CudaCopyRows(rows, row, dy + offset, top_row, bottoms[i]->diff.data(),
                   row);
    });
  }
};

const RegisterLayer<ConcatCuda> kConcatCuda("Concat", Device::kCuda);

}  // namespace
}  // namespace doppio
