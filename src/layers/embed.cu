#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/embed.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/room.h"
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

// Of each position the nearest before and after it that have its index; -1 and
// the number of positions where there is none.
struct Neighbours {
  int32_t* before;
  int32_t* after;
};

void FindNeighbours(int count, const CudaLabels& indices,
                    const Neighbours& found) {
  ForEach(Stream(), count, [=] __device__(int64_t i) {
    int p = static_cast<int>(i) - 1;
    while (p >= 0 && indices[p] != indices[i]) --p;
    found.before[i] = p;
    p = static_cast<int>(i) + 1;
    while (p < count && indices[p] != indices[i]) ++p;
    found.after[i] = p;
  });
}

// Adds each row of dy to that of its index. The first position of an index
// does so for all later ones, so that nobody else writes there.
void AddRows(int64_t count, int64_t length, const CudaLabels& indices,
             const Neighbours& neighbours, const float* dy, float* dw) {
  ForEach(Stream(), count * length, [=] __device__(int64_t i) {
    const int64_t first = i / length, k = i % length;
    if (neighbours.before[first] >= 0) return;
    float* to = dw + indices[first] * length + k;
    float sum = *to;
    for (int64_t p = first; p < count; p = neighbours.after[p]) {
      sum += dy[p * length + k];
    }
    *to = sum;
  });
}

class EmbedCuda final : public Embed {
 public:
  using Embed::Embed;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& x = bottoms[0]->data;
    LookUp(x.count(), length_, check_.Indices(context(), x, rows_, "rows"),
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
      const int count = static_cast<int>(x.count());
      const CudaLabels indices = ReadAgain(x, rows_, {});
      const Neighbours neighbours = RoomForNeighbours(count);
      FindNeighbours(count, indices, neighbours);
      AddRows(count, length_, indices, neighbours, dy,
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
  Neighbours RoomForNeighbours(int64_t count) {
    Room(2 * count, Device::kCuda, &neighbours_);
    auto* before = static_cast<int32_t*>(neighbours_.storage());
    return {before, before + count};
  }

  Tensor neighbours_;  // as integers
  CudaLabelCheck check_;
};

const RegisterLayer<EmbedCuda> kEmbedCuda("Embed", Device::kCuda);

}  // namespace
}  // namespace doppio
