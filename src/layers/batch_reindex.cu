#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/batch_reindex.h"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

void Pick(int64_t picked, int64_t image, const CudaLabels& indices,
          const float* x, float* y) {
  ForEach(Stream(), picked * image, [=] __device__(int64_t i) {
    y[i] = x[indices[i / image] * image + i % image];
  });
}

// Gathers for each image what was picked of it.
void SumPicked(int64_t images, int64_t picked, int64_t image,
               const CudaLabels& indices, const float* dy, float* dx) {
  ForEach(Stream(), images * image, [=] __device__(int64_t i) {
    float sum = 0;
    for (int64_t p = 0; p < picked; ++p) {
      if (indices[p] == i / image) sum += dy[p * image + i % image];
    }
    dx[i] = sum;
  });
}

class BatchReindexCuda final : public BatchReindex {
 public:
  using BatchReindex::BatchReindex;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& indices = bottoms[1]->data;
    Pick(indices.count(), image_,
         check_.Indices(context(), indices, images_, "images"),
         bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const Tensor& indices = bottoms[1]->data;
    SumPicked(images_, indices.count(), image_, ReadAgain(indices, images_, {}),
              tops[0]->diff.data(), bottoms[0]->diff.data());
  }

  // Backward reads the indices again.
  LayerTraits traits() const override {
    LayerTraits t = BatchReindex::traits();
    t.backward_reads_bottoms = true;
    return t;
  }

 private:
  CudaLabelCheck check_;
};

const RegisterLayer<BatchReindexCuda> kBatchReindexCuda("BatchReindex",
                                                        Device::kCuda);

}  // namespace
}  // namespace doppio
