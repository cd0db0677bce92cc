#include <cfloat>

#include "device/block.cuh"
#include "doppio/layer_registry.h"
#include "layers/shared/labels.cuh"
#include "layers/shared/softmax.cuh"
#include "layers/softmax_with_loss.h"

namespace doppio {
namespace {

// result[0] = the sum of -log p(label), result[1] = how many labels count; one
// block.
__global__ void SumLosses(AxisView view, CudaLabels labels, const float* p,
                          float* result) {
  double loss = 0, counted = 0;
  for (const int64_t i : BlockStride{view.positions()}) {
    const int label = labels[i];
    if (label == kIgnored) continue;
    const float of_label = p[view.Start(i) + label * view.inner];
    loss -= logf(of_label > FLT_MIN ? of_label : FLT_MIN);
    counted += 1;
  }
  loss = BlockReduce(loss, 0., Plus());
  counted = BlockReduce(counted, 0., Plus());
  if (threadIdx.x != 0) return;
  result[0] = static_cast<float>(loss);
  result[1] = static_cast<float>(counted);
}

// d loss / d score = p - 1 for the label's class, and p for the others.
void Gradient(const AxisView& view, const CudaLabels& labels, float divisor,
              const float* loss_diff, const float* p, float* dx) {
  const int64_t n = view.positions() * view.extent;
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    const int c = static_cast<int>(i / view.inner % view.extent);
    const int64_t position =
        i / view.inner / view.extent * view.inner + i % view.inner;
    const int label = labels[position];
    const float weight = *loss_diff / divisor;
    dx[i] = label == kIgnored ? 0 : weight * p[i] - (c == label ? weight : 0);
  });
}

class SoftmaxWithLossCuda final : public SoftmaxWithLoss {
 public:
  using SoftmaxWithLoss::SoftmaxWithLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const CudaLabels labels = CheckedLabels(view_, bottoms[1]->data, ignored_);
    if (tops.size() > 1) {
      probabilities_ = tops[1]->data;
    } else if (probabilities_.empty() ||
               probabilities_.shape() != bottoms[0]->shape()) {
      probabilities_ = Tensor(bottoms[0]->shape(), Device::kCuda);
    }
    CudaSoftmax(view_, bottoms[0]->data.data(), probabilities_.data());
    Tensor sums(Shape{2}, Device::kCuda);
    Launch(Stream(), BlockPerRow<double>(1), SumLosses, view_, labels,
           probabilities_.data(), sums.data());
    const std::vector<float> loss_and_count = sums.ToVector();
    divisor_ = Normalizer(normalization_, view_,
                          static_cast<int64_t>(loss_and_count[1]));
    tops[0]->data.CopyFrom(std::vector<float>{loss_and_count[0] / divisor_});
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const CudaLabels labels = ReadAgain(bottoms[1]->data, ignored_);
    Gradient(view_, labels, divisor_, tops[0]->diff.data(),
             probabilities_.data(), bottoms[0]->diff.data());
  }

  // Backward reads the labels again.
  LayerTraits traits() const override {
    LayerTraits t = SoftmaxWithLoss::traits();
    t.backward_reads_bottoms = true;
    return t;
  }

 private:
  // Of the last Forward.
  Tensor probabilities_;
  float divisor_ = 1;
};

const RegisterLayer<SoftmaxWithLossCuda> kSoftmaxWithLossCuda("SoftmaxWithLoss",
                                                              Device::kCuda);

}  // namespace
}  // namespace doppio
