#include "doppio/layer_registry.h"
#include "layers/infogain_loss.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/softmax.cuh"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// The loss, and what it was divided by.
void Loss(const AxisView& view, LossParameter::NormalizationMode mode,
          const CudaLabels& labels, CudaSums* sums, const float* h,
          const float* p, float* loss, float* divisor) {
  CudaNormalizer(mode, view, labels, sums, divisor);
  (*sums)(
      1, view.positions(),
      [=] __device__(int64_t, int64_t i) {
        double sum = 0;
        if (labels[i] == kIgnored) return sum;
        for (int k = 0; k < view.extent; ++k) {
          const float of_class = p[view.Start(i) + k * view.inner];
          sum -= h[labels[i] * view.extent + k] *
                 logf(of_class < kSmallestProbability ? kSmallestProbability
                                                      : of_class);
        }
        return sum;
      },
      [=] __device__(int64_t, double sum) {
        *loss = static_cast<float>(sum / *divisor);
      });
}

// d loss / d score(k) = p(k) * sum of H(label, .) - H(label, k).
void Gradient(const AxisView& view, const CudaLabels& labels,
              const float* loss_diff, const float* divisor, const float* h,
              const float* p, float* dx) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t i) {
    const bool counts = labels[i] != kIgnored;
    const float* row = h + (counts ? labels[i] * view.extent : 0);
    float sum = 0;
    for (int k = 0; k < view.extent; ++k) sum += row[k];
    const float weight = *loss_diff / *divisor;
    for (int k = 0; k < view.extent; ++k) {
      const int64_t at = view.Start(i) + k * view.inner;
      dx[at] = counts ? weight * (p[at] * sum - row[k]) : 0;
    }
  });
}

class InfogainLossCuda final : public InfogainLoss {
 public:
  InfogainLossCuda(const LayerParameter& param, const Context& context)
      : InfogainLoss(param, context) {
    if (matrix_.empty()) return;
    matrix_ = Tensor(matrix_.shape(), matrix_.ToVector(), Device::kCuda);
  }

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
    Loss(view_, normalization_, labels, &sums_, Matrix(bottoms),
         probabilities_.data(), tops[0]->data.data(), divisor_.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    Gradient(view_, ReadAgain(bottoms[1]->data, view_.extent, ignored_),
             tops[0]->diff.data(), divisor_.data(), Matrix(bottoms),
             probabilities_.data(), bottoms[0]->diff.data());
  }

  // Backward reads the labels again.
  LayerTraits traits() const override {
    LayerTraits t = InfogainLoss::traits();
    t.backward_reads_bottoms = true;
    return t;
  }

  size_t own_bytes() const override {
    const int64_t scores = view_.positions() * view_.extent;
    return top_count() > 1 ? 0 : scores * sizeof(float);
  }

 private:
  const float* Matrix(const Blobs& bottoms) const {
    return bottoms.size() > 2 ? bottoms[2]->data.data() : matrix_.data();
  }

  // Of the last Forward.
  Tensor probabilities_;
  Tensor divisor_;
  CudaSums sums_;
  CudaLabelCheck check_;
};

const RegisterLayer<InfogainLossCuda> kInfogainLossCuda("InfogainLoss",
                                                        Device::kCuda);

}  // namespace
}  // namespace doppio
