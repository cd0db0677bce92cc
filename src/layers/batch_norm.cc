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
  traits.backward_reads_tops = relu().any;
  traits.diff_in_place = true;
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

bool BatchNorm::CanAbsorb(const Layer& next) const {
  if (IsAbsorbableRelu(next)) return !relu().any;
  if (next.type() != "Scale" || !absorbed().empty() || shape_.axes() < 2) {
    return false;
  }
  return next.param().bottom_size() == 1 &&
         shape_.Axis(next.param().scale_param().axis()) == 1 &&
         next.params()[0].shape == Shape({shape_[1]});
}

Parameter* BatchNorm::ScaleParam(size_t index) const {
  if (absorbed().empty() || IsAbsorbableRelu(*absorbed()[0])) return nullptr;
  std::vector<Parameter>& params = absorbed()[0]->params();
  return index < params.size() ? &params[index] : nullptr;
}

namespace {

bool Learns(const Parameter* param) { return param && param->learns; }

class BatchNormCpu final : public BatchNorm {
 public:
  using BatchNorm::BatchNorm;

  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    LayoutPlan plan = {Layouts(1), Layouts(1)};
    view_ = ViewChannels(shape_, bottoms[0]);
    if (view_.lanes > 1) plan = {bottoms, bottoms};
    mean_.assign(view_.padded_channels(), 0);
    variance_ = scale_ = factor_ = offset_ = dy_mean_ = dy_slope_ = mean_;
    return plan;
  }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (count() == 0) return;  // no images, no statistics
    const float* x = Stored(bottoms[0]->data);
    if (uses_global_stats()) {
      if (Learns(factor())) kept_.Keep(bottoms[0]->data, tops[0]->data);
      TakeRunningStats();
    } else {
      if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
      Measure(x);
      UpdateRunningStats();
    }
    SetFactors();
    float* y = Stored(&tops[0]->data);
    ForEachElement(
        view_, [x, y, mean = mean_.data(), factor = factor_.data(),
                offset = offset_.data(), relu = relu()](int64_t i, int64_t c) {
          y[i] = relu.Value((x[i] - mean[c]) * factor[c] + offset[c]);
        });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0)) return;
    relu().Mask(tops[0]->data, &tops[0]->diff);
    const float* dy = Stored(tops[0]->diff);
    const float* x = Stored(kept_.Of(bottoms[0]->data, tops[0]->data));
    float* dx = Stored(&bottoms[0]->diff);
    const float* factor = factor_.data();
    SumGradients(dy, x);
    if (uses_global_stats()) {
      ForEachElement(view_, [dx, dy, factor](int64_t i, int64_t c) {
        dx[i] = dy[i] * factor[c];
      });
      return;
    }
    // The batch's mean and variance depend on x too, so with x normalised
    //   dx = factor * (dy - mean of dy - x * mean of dy * x).
    ForEachElement(view_, [dx, dy, x, factor, mean = mean_.data(),
                           scale = scale_.data(), offset = dy_mean_.data(),
                           slope = dy_slope_.data()](int64_t i, int64_t c) {
      const float normal = (x[i] - mean[c]) * scale[c];
      dx[i] = factor[c] * (dy[i] - offset[c] - normal * slope[c]);
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

  void SetFactors() {
    const float eps = param_.batch_norm_param().eps();
    const float* factors = factor() ? factor()->blob.data.data() : nullptr;
    const float* offsets = offset() ? offset()->blob.data.data() : nullptr;
    for (int64_t c = 0; c < view_.channels; ++c) {
      scale_[c] = 1 / std::sqrt(variance_[c] + eps);
      factor_[c] = factors ? scale_[c] * factors[c] : scale_[c];
      offset_[c] = offsets ? offsets[c] : 0;
    }
  }

  // Over each channel, of dy and of dy times x normalised: means for dx, sums
  // for the parameters' diffs.
  void SumGradients(const float* dy, const float* x) {
    const bool means = !uses_global_stats();
    if (means || Learns(offset())) {
      const auto& sums =
          sums_(view_, [=](int64_t i, int64_t) { return dy[i]; });
      StoreMeans(sums, &dy_mean_);
      StoreDiff(sums, offset());
    }
    if (means || Learns(factor())) {
      const auto& sums =
          sums_(view_, [=, mean = mean_.data(), scale = scale_.data()](
                           int64_t i, int64_t c) {
            return dy[i] * (x[i] - mean[c]) * scale[c];
          });
      StoreMeans(sums, &dy_slope_);
      StoreDiff(sums, factor());
    }
  }

  void StoreDiff(const std::vector<double>& sums, Parameter* param) const {
    if (!Learns(param)) return;
    float* diff = param->blob.diff.data();
    for (int64_t c = 0; c < view_.channels; ++c) {
      const double before = param->accumulate ? diff[c] : 0;
      diff[c] = static_cast<float>(before + sums[c]);
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
  std::vector<float> mean_, variance_;
  std::vector<float> scale_;            // 1 / standard deviation
  std::vector<float> factor_, offset_;  // scale_ times and plus the Scale's
  std::vector<float> dy_mean_, dy_slope_;
  KeptBottom kept_;
  ChannelSums sums_;
};

const RegisterLayer<BatchNormCpu> kBatchNormCpu("BatchNorm", Device::kCpu);

}  // namespace
}  // namespace doppio
