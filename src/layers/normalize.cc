#include "layers/normalize.h"

#include <cmath>

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

LayerTraits Normalize::traits() const {
  LayerTraits t;
  t.backward_reads_tops = false;
  return t;
}

Shapes Normalize::Reshape(const Shapes& bottoms) {
  const NormalizeParameter& p = param_.norm_param();
  const Shape& x = bottoms[0];
  Require(x.axes() >= 2, "needs a bottom of N x C x ..., not ", x);
  images_ = x[0];
  channels_ = x[1];
  pixels_ = x.count(2);
  FillerParameter filler = p.scale_filler();
  if (!p.has_scale_filler()) filler.set_value(1);
  DeclareParam(0, channel_shared() ? Shape{} : Shape{x[1]}, filler);
  return {x};
}

namespace {

class NormalizeCpu final : public Normalize {
 public:
  using Normalize::Normalize;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* y = tops[0]->data.data();
    const std::vector<float> scales = Scales();
    inverse_.resize(images_ * pixels_);
    ForEachImage([&](int64_t n) {
      const float* image = x + n * this->image();
      InvertNorms(image, &inverse_[n * pixels_]);
      ForEachRow(n, [&](int64_t c, int64_t at, const float* inverse) {
        for (int64_t i = 0; i < pixels_; ++i) {
          y[at + i] = scales[c] * x[at + i] * inverse[i];
        }
      });
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* x = bottoms[0]->data.data();
    const float* dy = tops[0]->diff.data();
    if (params()[0].learns) BackwardScales(x, dy);
    if (!propagate_down(0)) return;
    float* dx = bottoms[0]->diff.data();
    const std::vector<float> scales = Scales();
    ForEachImage([&](int64_t n) {
      const std::vector<double> dots = Dots(n, x, dy, scales);
      ForEachRow(n, [&](int64_t c, int64_t at, const float* inverse) {
        for (int64_t i = 0; i < pixels_; ++i) {
          const float r = inverse[i];
          const float dot = static_cast<float>(dots[i]);
          dx[at + i] = r * (scales[c] * dy[at + i] - x[at + i] * r * r * dot);
        }
      });
    });
  }

 private:
  // One for each channel.
  std::vector<float> Scales() const {
    const std::vector<float> scales = params()[0].blob.data.ToVector();
    return channel_shared() ? std::vector<float>(channels_, scales[0]) : scales;
  }

  template <typename Body>
  void ForEachImage(Body body) const {
    ParallelFor(images_, image() * 2., [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) body(n);
    });
  }

  // Calls body(channel, first element, 1 / norm of the pixels).
  template <typename Body>
  void ForEachRow(int64_t n, Body body) const {
    for (int64_t c = 0; c < channels_; ++c) {
      body(c, n * image() + c * pixels_, &inverse_[n * pixels_]);
    }
  }

  // Makes each pixel's sum that of all, if they count together.
  void Join(std::vector<double>* sums) const {
    if (!across_spatial()) return;
    double sum = 0;
    for (const double s : *sums) sum += s;
    sums->assign(sums->size(), sum);
  }

  void InvertNorms(const float* image, float* inverse) const {
    std::vector<double> sums(pixels_);
    for (int64_t i = 0; i < this->image(); ++i) {
      sums[i % pixels_] += double{image[i]} * image[i];
    }
    Join(&sums);
    for (int64_t i = 0; i < pixels_; ++i) {
      inverse[i] = static_cast<float>(
          1 / std::sqrt(sums[i] + param_.norm_param().eps()));
    }
  }

  // The sums of scale * dy * x over what is normalized together, by pixel.
  std::vector<double> Dots(int64_t n, const float* x, const float* dy,
                           const std::vector<float>& scales) const {
    std::vector<double> dots(pixels_);
    ForEachRow(n, [&](int64_t c, int64_t at, const float*) {
      for (int64_t i = 0; i < pixels_; ++i) {
        dots[i] += double{scales[c]} * dy[at + i] * x[at + i];
      }
    });
    Join(&dots);
    return dots;
  }

  void BackwardScales(const float* x, const float* dy) {
    std::vector<double> sums(channels_);
    ParallelFor(channels_, images_ * pixels_ * 1.,
                [&](int64_t begin, int64_t end) {
                  for (int64_t c = begin; c < end; ++c) {
                    sums[c] = SumOfChannel(c, x, dy);
                  }
                });
    Parameter& scales = params()[0];
    if (!scales.accumulate) scales.blob.diff.Zero();
    float* diff = scales.blob.diff.data();
    double all = 0;
    for (int64_t c = 0; c < channels_; ++c) {
      all += sums[c];
      if (!channel_shared()) diff[c] += static_cast<float>(sums[c]);
    }
    if (channel_shared()) diff[0] += static_cast<float>(all);
  }

  double SumOfChannel(int64_t c, const float* x, const float* dy) const {
    double sum = 0;
    for (int64_t n = 0; n < images_; ++n) {
      const int64_t at = n * image() + c * pixels_;
      for (int64_t i = 0; i < pixels_; ++i) {
        sum += double{dy[at + i]} * x[at + i] * inverse_[n * pixels_ + i];
      }
    }
    return sum;
  }

  std::vector<float> inverse_;  // 1 / norm, N x pixels
};

const RegisterLayer<NormalizeCpu> kNormalizeCpu("Normalize", Device::kCpu);

}  // namespace
}  // namespace doppio
