#include "device/block.cuh"
#include "doppio/layer_registry.h"
#include "layers/accuracy.h"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

// For each position 1 where fewer than top_k classes score as well as the
// label's: who ties with it counts as better, and so does NaN.
void FindHits(const AxisView& view, const CudaLabels& labels, int64_t top_k,
              const float* scores, float* hits) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t i) {
    hits[i] = 0;
    if (labels[i] == kIgnored) return;
    const float* score = scores + view.Start(i);
    const float own = score[labels[i] * view.inner];
    int64_t as_good = -1;  // it ties with itself
    for (int c = 0; c < view.extent; ++c) {
      as_good += !(score[c * view.inner] < own);
    }
    hits[i] = as_good < top_k;
  });
}

// A block for each class, or one for all: the share of hits among its labels.
__global__ void ShareOfHits(int64_t n, bool all, CudaLabels labels,
                            const float* hits, float* share) {
  double right = 0, total = 0;
  for (const int64_t i : BlockStride{n}) {
    const int label = labels[i];
    const bool counts =
        all ? label != kIgnored : label == static_cast<int>(blockIdx.x);
    if (!counts) continue;
    right += hits[i];
    total += 1;
  }
  right = BlockReduce(right, 0., Plus());
  total = BlockReduce(total, 0., Plus());
  if (threadIdx.x != 0) return;
  share[blockIdx.x] =
      total == 0 ? 0 : static_cast<float>(right) / static_cast<float>(total);
}

class AccuracyCuda final : public Accuracy {
 public:
  using Accuracy::Accuracy;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const CudaLabels labels = CheckedLabels(view_, bottoms[1]->data, ignored_);
    const int64_t positions = view_.positions();
    if (hits_.empty() || hits_.count() != positions) {
      hits_ = Tensor(bottoms[1]->shape(), Device::kCuda);
    }
    FindHits(view_, labels, param_.accuracy_param().top_k(),
             bottoms[0]->data.data(), hits_.data());
    Launch(Stream(), BlockPerRow<double>(1), ShareOfHits, positions, true,
           labels, hits_.data(), tops[0]->data.data());
    if (tops.size() > 1) {
      Launch(Stream(), BlockPerRow<double>(view_.extent), ShareOfHits,
             positions, false, labels, hits_.data(), tops[1]->data.data());
    }
  }

  void Backward(const Blobs&, const Blobs&) override {}

 private:
  Tensor hits_;  // by position, 0 or 1
};

const RegisterLayer<AccuracyCuda> kAccuracyCuda("Accuracy", Device::kCuda);

}  // namespace
}  // namespace doppio
