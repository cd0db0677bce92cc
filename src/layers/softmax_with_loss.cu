#include <cfloat>

#include "doppio/layer_registry.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/softmax.cuh"
#include "layers/shared/sums.cuh"
#include "layers/softmax_with_loss.h"

namespace doppio {
namespace {

// The sum of -log p(label), divided.
void MeanLoss(const AxisView& view, const CudaLabels& labels, CudaSums* sums,
              const float* p, const float* divisor, float* loss) {
  (*sums)(
      1, view.positions(),
      [=] __device__(int64_t, int64_t i) {
        const int label = labels[i];
        if (label == kIgnored) return 0.f;
        const float of_label = p[view.Start(i) + label * view.inner];
        // One that is not a number stays so.
        return -logf(of_label < FLT_MIN ? FLT_MIN : of_label);
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum) / *divisor;
      });
}

// d loss / d score = p - 1 for the label's class, and p for the others.
void Gradient(const AxisView& view, const CudaLabels& labels,
              const float* loss_diff, const float* divisor, const float* p,
              float* dx) {
  const int64_t n = view.positions() * view.extent;
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    const int c = static_cast<int>(i / view.inner % view.extent);
    const int64_t position =
        i / view.inner / view.extent * view.inner + i % view.inner;
    const int label = labels[position];
    const float weight = *loss_diff / *divisor;
    dx[i] = label == kIgnored ? 0 : weight * p[i] - (c == label ? weight : 0);
  });
}

class SoftmaxWithLossCuda final : public SoftmaxWithLoss {
 public:
  using SoftmaxWithLoss::SoftmaxWithLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const CudaLabels labels =
        check_.Labels(context(), view_, bottoms[1]->data, ignored_);
    if (divisor_.empty()) divisor_ = Tensor(Shape{}, Device::kCuda);
    if (tops.size() > 1) {
      probabilities_ = tops[1]->data;
    } else if (probabilities_.empty() ||
               probabilities_.shape() != bottoms[0]->shape()) {
      probabilities_ = Tensor(bottoms[0]->shape(), Device::kCuda);
    }
    CudaSoftmax(view_, bottoms[0]->data.data(), probabilities_.data());
    CudaNormalizer(normalization_, view_, labels, &sums_, divisor_.data());
    MeanLoss(view_, labels, &sums_, probabilities_.data(), divisor_.data(),
             tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const CudaLabels labels =
        ReadAgain(bottoms[1]->data, view_.extent, ignored_);
    Gradient(view_, labels, tops[0]->diff.data(), divisor_.data(),
             probabilities_.data(), bottoms[0]->diff.data());
  }

  // Backward reads the labels again.
  LayerTraits traits() const override {
    LayerTraits t = SoftmaxWithLoss::traits();
    t.backward_reads_bottoms = true;
    return t;
  }

  size_t own_bytes() const override {
    const int64_t scores = view_.positions() * view_.extent;
    return top_count() > 1 ? 0 : scores * sizeof(float);
  }

 private:
  // Of the last Forward.
  Tensor probabilities_;
  Tensor divisor_;
  CudaSums sums_;
  CudaLabelCheck check_;
};

const RegisterLayer<SoftmaxWithLossCuda> kSoftmaxWithLossCuda("SoftmaxWithLoss",
                                                              Device::kCuda);

}  // namespace
}  // namespace doppio
