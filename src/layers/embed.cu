#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/embed.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/rows.cuh"

namespace doppio {
namespace {

void LookUp(int64_t count, int64_t length, const CudaLabels& indices,
            const float* weights, const float* bias, float* y) {
  ForEach(Stream(), count * length, [=] __device__(int64_t i) {
    const int64_t k = i % length;
    const float w = weights[indices[i / length] * length + k];
    y[i] = bias == nullptr ? w : w + bias[k];
  });
}

// Adds each row of dy to that of its index. The first position of an index
// does so for all later ones, so that nobody else writes there.
void AddRows(int64_t count, int64_t length, const CudaLabels& indices,
             const float* dy, float* dw) {
  ForEach(Stream(), count * length, [=] __device__(int64_t i) {
    const int64_t first = i / length, k = i % length;
    const int index = indices[first];
    for (int64_t p = 0; p < first; ++p) {
      if (indices[p] == index) return;
    }
    float sum = dw[index * length + k];
    for (int64_t p = first; p < count; ++p) {
      if (indices[p] == index) sum += dy[p * length + k];
    }
    dw[index * length + k] = sum;
  });
}

class EmbedCuda final : public Embed {
 public:
  using Embed::Embed;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& x = bottoms[0]->data;
    LookUp(x.count(), length_, check_.Indices(x, rows_, "rows"),
           params()[0].blob.data.data(),
           has_bias() ? params()[1].blob.data.data() : nullptr,
           tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const Tensor& x = bottoms[0]->data;
    const float* dy = tops[0]->diff.data();
    Parameter& weights = params()[0];
    if (weights.learns) {
      if (!weights.accumulate) weights.blob.diff.Zero();
      AddRows(x.count(), length_, ReadAgain(x, {}), dy,
              weights.blob.diff.data());
    }
    if (has_bias() && params()[1].learns) {
      CudaSumRows(x.count(), length_, params()[1].accumulate, dy,
                  params()[1].blob.diff.data());
    }
  }

  // Backward reads the indices again.
  LayerTraits traits() const override {
    LayerTraits t = Embed::traits();
    t.backward_reads_bottoms = true;
    return t;
  }

 private:
  CudaLabelCheck check_;
};

const RegisterLayer<EmbedCuda> kEmbedCuda("Embed", Device::kCuda);

}  // namespace
}  // namespace doppio
