#include "layers/batch_norm.h"

#include <cmath>

#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/storage.h"

namespace doppio {

BatchNorm::BatchNorm(const LayerParameter& param, const Context& context)
    : Layer(param, context) {
  for (int i = 0; i < param.param_size(); ++i) {
    Require(param.param(i).lr_mult() == 0, "its parameter ", i,
            " is a running statistic, which no solver may change; set lr_mult: "
            "0, not ",
            param.param(i).lr_mult());
  }
}

LayerTraits BatchNorm::traits() const {
  LayerTraits traits;
  traits.in_place = true;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes BatchNorm::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  Require(x.axes() >= 1, "needs a bottom of at least 1 axis, not a scalar");
  shape_ = x;
  view_ = ViewChannels(x, nullptr);
  const int channels = static_cast<int>(view_.channels);
  DeclareParam(0, {channels}, {});
  DeclareParam(1, {channels}, {});
  DeclareParam(2, {1}, {});
  for (Parameter& p : params()) p.statistic = true;
  return {x};
}

namespace {

class BatchNormCpu final : public BatchNorm {
 public:
  using BatchNorm::BatchNorm;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(1), Layouts(1)};
    view_ = ViewChannels(shape_, bottoms[0]);
    if (view_.lanes > 1) plan = {bottoms, bottoms};
    mean_.assign(view_.padded_channels(), 0);
    variance_ = scale_ = dy_mean_ = dy_slope_ = mean_;
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (count() == 0) return;  // no images, no statistics
    const float* x = Stored(bottoms[0]->data);
    if (uses_global_stats()) {
      TakeRunningStats();
    } else {
      if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
      Measure(x);
      UpdateRunningStats();
    }
    const float eps = param_.batch_norm_param().eps();
    for (int64_t c = 0; c < view_.channels; ++c) {
      scale_[c] = 1 / std::sqrt(variance_[c] + eps);
    }
    float* y = Stored(&tops[0]->data);
    ForEachElement(view_, [x, y, mean = mean_.data(), scale = scale_.data()](
                              int64_t i, int64_t c) {
      y[i] = (x[i] - mean[c]) * scale[c];
    });
  }

  // The batch's mean and variance depend on x too, so with y as in Forward
  //   dx = scale * (dy - mean of dy - y * mean of dy * y).
  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    const float* dy = Stored(tops[0]->diff);
    float* dx = Stored(&bottoms[0]->diff);
    const float* scale = scale_.data();
    if (uses_global_stats()) {
      ForEachElement(view_, [dx, dy, scale](int64_t i, int64_t c) {
        dx[i] = dy[i] * scale[c];
      });
      return;
    }
    const Tensor& bottom = kept_.Of(bottoms[0]->data, tops[0]->data);
    const float* x = Stored(bottom);
    const float* mean = mean_.data();
    StoreMeans(sums_(view_, [dy](int64_t i, int64_t) { return dy[i]; }),
               &dy_mean_);
    StoreMeans(sums_(view_,
                     [dy, x, mean, scale](int64_t i, int64_t c) {
                       return dy[i] * (x[i] - mean[c]) * scale[c];
                     }),
               &dy_slope_);
    ForEachElement(view_, [dx, dy, x, mean, scale, offset = dy_mean_.data(),
                           slope = dy_slope_.data()](int64_t i, int64_t c) {
      const float y = (x[i] - mean[c]) * scale[c];
      dx[i] = scale[c] * (dy[i] - offset[c] - y * slope[c]);
    });
  }

 private:
  // Values per channel.
  int64_t count() const { return view_.number * view_.inner; }

  void StoreMeans(const std::vector<double>& sums,
                  std::vector<float>* means) const {
    for (int64_t c = 0; c < view_.channels; ++c) {
      (*means)[c] = static_cast<float>(sums[c] / count());
    }
  }

  void TakeRunningStats() {
    const float weight = params()[2].blob.data.data()[0];
    const float factor = weight == 0 ? 0 : 1 / weight;
    for (int64_t c = 0; c < view_.channels; ++c) {
      mean_[c] = factor * params()[0].blob.data.data()[c];
      variance_[c] = factor * params()[1].blob.data.data()[c];
    }
  }

  void Measure(const float* x) {
    StoreMeans(sums_(view_, [x](int64_t i, int64_t) { return x[i]; }), &mean_);
    StoreMeans(sums_(view_,
                     [x, mean = mean_.data()](int64_t i, int64_t c) {
                       return (x[i] - mean[c]) * (x[i] - mean[c]);
                     }),
               &variance_);
  }

  void UpdateRunningStats() {
    const float fraction = param_.batch_norm_param().moving_average_fraction();
    const float m = static_cast<float>(count());
    const float unbiased = m > 1 ? m / (m - 1) : 1;
    float* mean = params()[0].blob.data.data();
    float* variance = params()[1].blob.data.data();
    float* weight = params()[2].blob.data.data();
    for (int64_t c = 0; c < view_.channels; ++c) {
      mean[c] = mean_[c] + fraction * mean[c];
      variance[c] = unbiased * variance_[c] + fraction * variance[c];
    }
    weight[0] = 1 + fraction * weight[0];
  }

  // By channel, zeros for the padding.
  std::vector<float> mean_, variance_, scale_, dy_mean_, dy_slope_;
  KeptBottom kept_;
  ChannelSums sums_;
};

const RegisterLayer<BatchNormCpu> kBatchNormCpu("BatchNorm", Device::kCpu);

}  // namespace
}  // namespace doppio
