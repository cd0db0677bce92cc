#include "layers/bias.h"

#include "doppio/layer_registry.h"
#include "layers/shared/broadcast.h"
#include "layers/shared/storage.h"

namespace doppio {

LayerTraits Bias::traits() const {
  LayerTraits traits;
  traits.max_bottoms = 2;
  traits.in_place = true;
  traits.backward_reads_bottoms = false;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes Bias::Reshape(const Shapes& bottoms) {
  const BiasParameter& p = param_.bias_param();
  const Shape operand = is_learned()
                            ? OperandShape(bottoms[0], p.axis(), p.num_axes())
                            : bottoms[1];
  if (is_learned()) DeclareParam(0, operand, p.filler());
  view_ = ViewBroadcast(bottoms[0], p.axis(), operand);
  per_channel_ = IsPerChannel(bottoms[0], p.axis(), operand);
  shape_ = bottoms[0];
  return {shape_};
}

namespace {

class BiasCpu final : public Bias {
 public:
  using Bias::Bias;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(bottoms.size()), Layouts(1)};
    view_.lanes = per_channel_ ? ViewChannels(shape_, bottoms[0]).lanes : 1;
    if (view_.lanes > 1) plan.bottoms[0] = plan.tops[0] = bottoms[0];
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const Tensor& operand =
        is_learned() ? params()[0].blob.data : bottoms[1]->data;
    b_.assign(operand.data(), operand.data() + operand.count());
    b_.resize(view_.padded_channels(), 0);
    const float* x = Stored(bottoms[0]->data);
    float* y = Stored(&tops[0]->data);
    ForEachElement(view_, [x, y, b = b_.data()](int64_t i, int64_t c) {
      y[i] = x[i] + b[c];
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = Stored(tops[0]->diff);
    if (is_learned() && params()[0].learns) {
      BackwardOperand(dy, params()[0].accumulate, &params()[0].blob.diff);
    } else if (propagate_down(1)) {
      BackwardOperand(dy, false, &bottoms[1]->diff);
    }
    if (!propagate_down(0)) return;
    float* dx = Stored(&bottoms[0]->diff);
    if (dx == dy) return;
    ForEachElement(view_, [dx, dy](int64_t i, int64_t) { dx[i] = dy[i]; });
  }

 private:
  void BackwardOperand(const float* dy, bool add, Tensor* diff) {
    const std::vector<double>& sums =
        sums_(view_, [dy](int64_t i, int64_t) { return dy[i]; });
    float* db = diff->data();
    for (int64_t c = 0; c < view_.channels; ++c) {
      db[c] = static_cast<float>(add ? db[c] + sums[c] : sums[c]);
    }
  }

  std::vector<float> b_;  // by channel, zeros for the padding
  ChannelSums sums_;
};

const RegisterLayer<BiasCpu> kBiasCpu("Bias", Device::kCpu);

}  // namespace
}  // namespace doppio
