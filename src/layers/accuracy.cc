#include "layers/accuracy.h"

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Accuracy::Accuracy(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  if (param.accuracy_param().has_ignore_label()) {
    ignored_ = param.accuracy_param().ignore_label();
  }
}

LayerTraits Accuracy::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 2;
  t.max_tops = 2;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

Shapes Accuracy::Reshape(const Shapes& bottoms) {
  view_ = AxisView(bottoms[0], param_.accuracy_param().axis());
  CheckLabels(view_, bottoms[0], bottoms[1]);
  const uint32_t top_k = param_.accuracy_param().top_k();
  Require(top_k <= static_cast<uint32_t>(view_.extent), "accuracy_param has ",
          "top_k: ", top_k, ", but there are only ", view_.extent, " classes");
  Shapes tops = {Shape{}};
  if (top_count() > 1) tops.push_back({view_.extent});
  return tops;
}

namespace {

class AccuracyCpu final : public Accuracy {
 public:
  using Accuracy::Accuracy;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const std::vector<int> labels =
        ReadLabels(view_, bottoms[1]->data, ignored_);
    const std::vector<char> hits = Hits(bottoms[0]->data.data(), labels);
    std::vector<int64_t> right(view_.extent), total(view_.extent);
    for (size_t i = 0; i < labels.size(); ++i) {
      if (labels[i] == kIgnored) continue;
      ++total[labels[i]];
      right[labels[i]] += hits[i];
    }
    int64_t all_right = 0, all = 0;
    for (int c = 0; c < view_.extent; ++c) {
      all_right += right[c];
      all += total[c];
      if (tops.size() > 1) tops[1]->data.data()[c] = Share(right[c], total[c]);
    }
    tops[0]->data.data()[0] = Share(all_right, all);
  }

  void Backward(const Blobs&, const Blobs&) override {}

 private:
  static float Share(int64_t right, int64_t total) {
    return total == 0 ? 0 : static_cast<float>(right) / total;
  }

  // For each position, whether fewer than top_k classes score as well as the
  // label's: who ties with it counts as better, and so does NaN.
  std::vector<char> Hits(const float* scores,
                         const std::vector<int>& labels) const {
    const int64_t top_k = param_.accuracy_param().top_k();
    std::vector<char> hits(labels.size());
    ParallelFor(labels.size(), view_.extent, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (labels[i] == kIgnored) continue;
        const float* score = scores + view_.Start(i);
        const float own = score[labels[i] * view_.inner];
        int64_t as_good = -1;  // it ties with itself
        for (int c = 0; c < view_.extent; ++c) {
          as_good += !(score[c * view_.inner] < own);
        }
        hits[i] = as_good < top_k;
      }
    });
    return hits;
  }
};

const RegisterLayer<AccuracyCpu> kAccuracyCpu("Accuracy", Device::kCpu);

}  // namespace
}  // namespace doppio
