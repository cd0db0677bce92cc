#include "layers/prelu.h"

#include "device/onednn.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"

namespace doppio {

LayerTraits Prelu::traits() const {
  LayerTraits t;
  t.backward_reads_tops = false;
  return t;
}

Shapes Prelu::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 2, "a bottom of shape ", x,
          " has no channels; it needs at least two axes");
  view_ = ViewChannels(x, nullptr);
  FillerParameter filler = param_.prelu_param().filler();
  if (!param_.prelu_param().has_filler()) filler.set_value(0.25f);
  DeclareParam(0, shared() ? Shape{} : Shape{x[1]}, filler);
  return bottoms;
}

namespace {

class PreluCpu final : public Prelu {
 public:
  using Prelu::Prelu;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    const int block = ChannelBlock(bottoms[0]);
    view_.lanes = block > 0 ? block : 1;
    const LayoutPtr layout = block > 0 ? bottoms[0] : nullptr;
    return {{layout}, {layout}};
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = Stored(bottoms[0]->data);
    float* y = Stored(&tops[0]->data);
    ForEachElement(view_, [x, y, a = Slopes()](int64_t i, int64_t c) {
      y[i] = x[i] > 0 ? x[i] : a[c] * x[i];
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* x = Stored(bottoms[0]->data);
    const float* dy = Stored(tops[0]->diff);
    if (params()[0].learns) {
      Store(sums_(view_, [x, dy](int64_t i, int64_t) {
        return x[i] > 0 ? 0 : dy[i] * x[i];
      }));
    }
    if (!propagate_down(0)) return;
    float* dx = Stored(&bottoms[0]->diff);
    ForEachElement(view_, [x, dy, dx, a = Slopes()](int64_t i, int64_t c) {
      dx[i] = x[i] > 0 ? dy[i] : a[c] * dy[i];
    });
  }

 private:
  const float* Slopes() {
    const Tensor& a = params()[0].blob.data;
    slopes_.assign(a.data(), a.data() + a.count());
    slopes_.resize(view_.padded_channels(), slopes_[0]);
    return slopes_.data();
  }

  void Store(const std::vector<double>& sums) {
    Tensor& diff = params()[0].blob.diff;
    if (!params()[0].accumulate) diff.Zero();
    float* da = diff.data();
    for (int64_t c = 0; c < view_.channels; ++c)
      da[shared() ? 0 : c] += sums[c];
  }

  std::vector<float> slopes_;  // by channel, those of the padding included
  ChannelSums sums_;
};

const RegisterLayer<PreluCpu> kPreluCpu("PReLU", Device::kCpu);

}  // namespace
}  // namespace doppio
