#include "layers/scale.h"

#include "doppio/layer_registry.h"
#include "layers/shared/broadcast.h"
#include "layers/shared/storage.h"

namespace doppio {

LayerTraits Scale::traits() const {
  LayerTraits traits;
  traits.max_bottoms = 2;
  traits.in_place = true;
  traits.backward_reads_tops = false;
  traits.diff_in_place = is_learned();
  return traits;
}

Shapes Scale::Reshape(const Shapes& bottoms) {
  const ScaleParameter& p = param_.scale_param();
  const Shape operand = is_learned()
                            ? OperandShape(bottoms[0], p.axis(), p.num_axes())
                            : bottoms[1];
  if (is_learned()) {
    FillerParameter ones;
    ones.set_value(1);
    DeclareParam(0, operand, p.has_filler() ? p.filler() : ones);
  }
  if (has_bias()) DeclareParam(is_learned() ? 1 : 0, operand, p.bias_filler());
  view_ = ViewBroadcast(bottoms[0], p.axis(), operand);
  per_channel_ = IsPerChannel(bottoms[0], p.axis(), operand);
  shape_ = bottoms[0];
  return {shape_};
}

namespace {

class ScaleCpu final : public Scale {
 public:
  using Scale::Scale;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(bottoms.size()), Layouts(1)};
    view_.lanes = per_channel_ ? ViewChannels(shape_, bottoms[0]).lanes : 1;
    if (view_.lanes > 1) plan.bottoms[0] = plan.tops[0] = bottoms[0];
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (factor_learns()) kept_.Keep(bottoms[0]->data, tops[0]->data);
    const float* x = Stored(bottoms[0]->data);
    float* y = Stored(&tops[0]->data);
    const float* a = Factor(bottoms);
    if (has_bias()) {
      CopyChannels(bias().blob.data, &b_);
      ForEachElement(view_, [x, y, a, b = b_.data()](int64_t i, int64_t c) {
        y[i] = a[c] * x[i] + b[c];
      });
    } else {
      ForEachElement(view_,
                     [x, y, a](int64_t i, int64_t c) { y[i] = a[c] * x[i]; });
    }
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = Stored(tops[0]->diff);
    if (has_bias() && bias().learns) {
      Store(sums_(view_, [dy](int64_t i, int64_t) { return dy[i]; }),
            bias().accumulate, &bias().blob.diff);
    }
    if (factor_learns()) {
      const Tensor& bottom = kept_.Of(bottoms[0]->data, tops[0]->data);
      const float* x = Stored(bottom);
      Store(sums_(view_, [dy, x](int64_t i, int64_t) { return dy[i] * x[i]; }),
            is_learned() && params()[0].accumulate,
            is_learned() ? &params()[0].blob.diff : &bottoms[1]->diff);
    }
    if (!propagate_down(0)) return;
    float* dx = Stored(&bottoms[0]->diff);
    ForEachElement(view_, [dx, dy, a = Factor(bottoms)](int64_t i, int64_t c) {
      dx[i] = a[c] * dy[i];
    });
  }

 private:
  const float* Factor(const Blobs& bottoms) {
    CopyChannels(is_learned() ? params()[0].blob.data : bottoms[1]->data, &a_);
    return a_.data();
  }

  void CopyChannels(const Tensor& from, std::vector<float>* to) const {
    to->assign(from.data(), from.data() + from.count());
    to->resize(view_.padded_channels(), 0);
  }

  void Store(const std::vector<double>& sums, bool add, Tensor* diff) const {
    float* d = diff->data();
    for (int64_t c = 0; c < view_.channels; ++c) {
      d[c] = static_cast<float>(add ? d[c] + sums[c] : sums[c]);
    }
  }

  std::vector<float> a_, b_;  // by channel, zeros for the padding
  KeptBottom kept_;
  ChannelSums sums_;
};

const RegisterLayer<ScaleCpu> kScaleCpu("Scale", Device::kCpu);

}  // namespace
}  // namespace doppio
