#include "layers/softmax_with_loss.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/softmax.h"
#include "layers/shared/sum.h"

namespace doppio {

SoftmaxWithLoss::SoftmaxWithLoss(const LayerParameter& param,
                                 const Context& context)
    : Layer(param, context),
      normalization_(NormalizationOf(param.loss_param())) {
  if (param.loss_param().has_ignore_label()) {
    ignored_ = param.loss_param().ignore_label();
  }
}

LayerTraits SoftmaxWithLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.max_tops = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = param_.top_size() > 1;
  return t;
}

Shapes SoftmaxWithLoss::Reshape(const Shapes& bottoms) {
  view_ = AxisView(bottoms[0], param_.softmax_param().axis());
  CheckLabels(view_, bottoms[0], bottoms[1]);
  Shapes tops = {Shape{}};
  if (top_count() > 1) tops.push_back(bottoms[0]);
  return tops;
}

namespace {

class SoftmaxWithLossCpu final : public SoftmaxWithLoss {
 public:
  using SoftmaxWithLoss::SoftmaxWithLoss;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    labels_ = ReadLabels(view_, bottoms[1]->data, ignored_);
    if (tops.size() > 1) {
      probabilities_ = tops[1]->data;
    } else if (probabilities_.empty() ||
               probabilities_.shape() != bottoms[0]->shape()) {
      probabilities_ = Tensor(bottoms[0]->shape());
    }
    Softmax(view_, bottoms[0]->data.data(), probabilities_.data());

    const float* p = probabilities_.data();
    const double loss = Sum(labels_.size(), 5, [&](int64_t i) {
      if (labels_[i] == kIgnored) return 0.f;
      const float of_label = p[view_.Start(i) + labels_[i] * view_.inner];
      return -std::log(std::max(of_label, FLT_MIN));
    });
    const int64_t ignored =
        std::count(labels_.begin(), labels_.end(), kIgnored);
    divisor_ = Normalizer(normalization_, view_, labels_.size() - ignored);
    tops[0]->data.data()[0] = loss / divisor_;
  }

  // d loss / d score = p - 1 for the label's class, and p for the others.
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / divisor_;
    const float* p = probabilities_.data();
    float* dx = bottoms[0]->diff.data();
    ParallelFor(probabilities_.count(), 0.3, [=](int64_t begin, int64_t end) {
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) dx[i] = weight * p[i];
    });
    ParallelFor(labels_.size(), 5, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        float* scores = dx + view_.Start(i);
        if (labels_[i] != kIgnored) {
          scores[labels_[i] * view_.inner] -= weight;
        } else {
          for (int c = 0; c < view_.extent; ++c) scores[c * view_.inner] = 0;
        }
      }
    });
  }

 private:
  // Of the last Forward.
  std::vector<int> labels_;
  Tensor probabilities_;
  float divisor_ = 1;
};

const RegisterLayer<SoftmaxWithLossCpu> kSoftmaxWithLossCpu("SoftmaxWithLoss",
                                                            Device::kCpu);

}  // namespace
}  // namespace doppio
