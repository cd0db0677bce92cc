#include "layers/batch_reindex.h"

#include <algorithm>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/indices.h"

namespace doppio {

LayerTraits BatchReindex::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes BatchReindex::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 1, "needs a first bottom with axes, not a scalar");
  Require(bottoms[1].axes() == 1, "the indices have to have one axis, but the ",
          "second bottom is ", bottoms[1]);
  images_ = x[0];
  image_ = x.count(1);
  Shape top = x;
  top[0] = bottoms[1][0];
  return {top};
}

namespace {

class BatchReindexCpu final : public BatchReindex {
 public:
  using BatchReindex::BatchReindex;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    indices_ = ReadIndices(bottoms[1]->data, images_, "images");
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    ParallelFor(indices_.size(), image_, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        std::copy_n(x + indices_[i] * image_, image_, y + i * image_);
      }
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    bottoms[0]->diff.Zero();
    // Threads share out the elements of an image, as several images of the top
    // may come from one.
    ParallelFor(image_, indices_.size(), [&](int64_t begin, int64_t end) {
      for (size_t i = 0; i < indices_.size(); ++i) {
        for (int64_t k = begin; k < end; ++k) {
          dx[indices_[i] * image_ + k] += dy[i * image_ + k];
        }
      }
    });
  }

 private:
  std::vector<int> indices_;  // of the last Forward
};

const RegisterLayer<BatchReindexCpu> kBatchReindexCpu("BatchReindex",
                                                      Device::kCpu);

}  // namespace
}  // namespace doppio
