#include "doppio/layer_registry.h"
#include "layers/accuracy.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/sums.cuh"

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

// Whether a label is that of a class, or counts at all.
struct CountsFor {
  CudaLabels labels;
  bool all;
  __device__ bool operator()(int64_t c, int64_t i) const {
    return all ? labels[i] != kIgnored : labels[i] == c;
  }
};

// For each class, or for all as if they were one, the share of hits among its
// labels.
void ShareOfHits(int64_t classes, int64_t positions, const CountsFor& counts,
                 CudaSums* sums, const float* hits, float* share) {
  (*sums)(
      classes, positions,
      [=] __device__(int64_t c, int64_t i) { return counts(c, i) ? 1 : 0; },
      StoreSum{share, false});
  (*sums)(
      classes, positions,
      [=] __device__(int64_t c, int64_t i) {
        return counts(c, i) ? hits[i] : 0;
      },
      [=] __device__(int64_t c, double right) {
        const float total = share[c];
        share[c] = total == 0 ? 0 : static_cast<float>(right) / total;
      });
}

class AccuracyCuda final : public Accuracy {
 public:
  using Accuracy::Accuracy;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const CudaLabels labels =
        check_.Labels(context(), view_, bottoms[1]->data, ignored_);
    const int64_t positions = view_.positions();
    if (hits_.empty() || hits_.count() != positions) {
      hits_ = Tensor(bottoms[1]->shape(), Device::kCuda);
    }
    FindHits(view_, labels, param_.accuracy_param().top_k(),
             bottoms[0]->data.data(), hits_.data());
    ShareOfHits(1, positions, {labels, true}, &sums_, hits_.data(),
                tops[0]->data.data());
    if (tops.size() > 1) {
      ShareOfHits(view_.extent, positions, {labels, false}, &sums_,
                  hits_.data(), tops[1]->data.data());
    }
  }

  void Backward(const Blobs&, const Blobs&) override {}

 private:
  Tensor hits_;  // by position, 0 or 1
  CudaSums sums_;
  CudaLabelCheck check_;
};

const RegisterLayer<AccuracyCuda> kAccuracyCuda("Accuracy", Device::kCuda);

}  // namespace
}  // namespace doppio
