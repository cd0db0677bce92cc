#include "layers/infogain_loss.h"

#include <algorithm>
#include <cmath>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"
#include "layers/shared/softmax.h"
#include "layers/shared/sum.h"

namespace doppio {

InfogainLoss::InfogainLoss(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      normalization_(NormalizationOf(param.loss_param())) {
  if (param.loss_param().has_ignore_label()) {
    ignored_ = param.loss_param().ignore_label();
  }
  if (param.bottom_size() > 2) return;
  const std::string& source = param.infogain_loss_param().source();
  Require(!source.empty(),
          "has no matrix H; give infogain_loss_param { source } or a third "
          "bottom");
  BlobProto proto;
  ReadBinaryProto(source, &proto, "an infogain matrix");
  matrix_ = Tensor(ShapeOf(proto), ValuesOf(proto));
}

LayerTraits InfogainLoss::traits() const {
  LayerTraits t;
  t.min_bottoms = 2;
  t.max_bottoms = 3;
  t.max_tops = 2;
  t.automatic_tops = true;
  t.is_loss = true;
  t.backward_reads_bottoms = param_.bottom_size() > 2;
  t.backward_reads_tops = param_.top_size() > 1;
  return t;
}

Shapes InfogainLoss::Reshape(const Shapes& bottoms) {
  view_ = AxisView(bottoms[0], param_.infogain_loss_param().axis());
  CheckLabels(view_, bottoms[0], bottoms[1]);
  const Shape& matrix = bottoms.size() > 2 ? bottoms[2] : matrix_.shape();
  Require(matrix.count() == int64_t{view_.extent} * view_.extent, "a matrix H ",
          "of shape ", matrix, " does not fit ", view_.extent, " classes");
  Shapes tops = {Shape{}};
  if (top_count() > 1) tops.push_back(bottoms[0]);
  return tops;
}

namespace {

class InfogainLossCpu final : public InfogainLoss {
 public:
  using InfogainLoss::InfogainLoss;

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
    const float* h = Matrix(bottoms);
    const double cost = 5. * view_.extent;
    const double loss = Sum(labels_.size(), cost, [=](int64_t i) {
      double sum = 0;
      for (int k = 0; k < view_.extent && labels_[i] != kIgnored; ++k) {
        const float of_class = p[view_.Start(i) + k * view_.inner];
        sum -= h[labels_[i] * view_.extent + k] *
               std::log(std::max(of_class, kSmallestProbability));
      }
      return sum;
    });
    const int64_t ignored =
        std::count(labels_.begin(), labels_.end(), kIgnored);
    divisor_ = Normalizer(normalization_, view_, labels_.size() - ignored);
    tops[0]->data.data()[0] = loss / divisor_;
  }

  // d loss / d score(k) = p(k) * sum of H(label, .) - H(label, k).
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float weight = tops[0]->diff.data()[0] / divisor_;
    const float* h = Matrix(bottoms);
    const float* p = probabilities_.data();
    float* dx = bottoms[0]->diff.data();
    const int64_t count = labels_.size();
    ParallelFor(count, 2. * view_.extent, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const bool counts = labels_[i] != kIgnored;
        const float* row = h + (counts ? labels_[i] * view_.extent : 0);
        const float sum = std::accumulate(row, row + view_.extent, 0.f);
        for (int k = 0; k < view_.extent; ++k) {
          const int64_t at = view_.Start(i) + k * view_.inner;
          dx[at] = counts ? weight * (p[at] * sum - row[k]) : 0;
        }
      }
    });
  }

 private:
  const float* Matrix(const Blobs& bottoms) const {
    return bottoms.size() > 2 ? bottoms[2]->data.data() : matrix_.data();
  }

  // Of the last Forward.
  std::vector<int> labels_;
  Tensor probabilities_;
  float divisor_ = 1;
};

const RegisterLayer<InfogainLossCpu> kInfogainLossCpu("InfogainLoss",
                                                      Device::kCpu);

}  // namespace
}  // namespace doppio
