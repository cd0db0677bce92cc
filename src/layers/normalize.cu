#include "doppio/layer_registry.h"
#include "layers/normalize.h"
#include "layers/shared/room.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// What is normalized together: the channels of each pixel, or all of an image.
struct Groups {
  int64_t images, channels, pixels;
  bool whole_images;

  constexpr int64_t count() const {
    return whole_images ? images : images * pixels;
  }
  constexpr int64_t of(int64_t i) const {
    const int64_t image = i / pixels / channels;
    return whole_images ? image : image * pixels + i % pixels;
  }
};

// finish(group, the sum of value(i) over each group).
template <typename Value, typename Finish>
void SumGroups(const Groups& g, CudaSums* sums, Value value, Finish finish) {
  const int64_t image = g.channels * g.pixels;
  if (g.whole_images) {
    (*sums)(
        g.images, image,
        [=] __device__(int64_t n, int64_t i) { return value(n * image + i); },
        finish);
    return;
  }
  // A thread for each pixel: its neighbours read the neighbouring elements.
  ForEach(Stream(), g.count(), [=] __device__(int64_t group) {
    const int64_t first = group / g.pixels * image + group % g.pixels;
    double sum = 0;
    for (int64_t c = 0; c < g.channels; ++c) sum += value(first + c * g.pixels);
    finish(group, sum);
  });
}

void InvertNorms(const Groups& g, float eps, CudaSums* sums, const float* x,
                 float* inverse) {
  SumGroups(
      g, sums, [=] __device__(int64_t i) { return double{x[i]} * x[i]; },
      [=] __device__(int64_t group, double sum) {
        inverse[group] = static_cast<float>(1 / sqrt(sum + eps));
      });
}

// Scales are one, or one for each channel.
struct Scales {
  const float* values;
  bool shared;
  int64_t channels, pixels;
  constexpr float of(int64_t i) const {
    return values[shared ? 0 : i / pixels % channels];
  }
};

void Apply(const Groups& g, int64_t n, const Scales& scales,
           const float* inverse, const float* x, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    y[i] = scales.of(i) * x[i] * inverse[g.of(i)];
  });
}

void SumScales(const Groups& g, CudaSums* sums, const ChannelView& view,
               const float* inverse, const float* x, const float* dy,
               StoreSum store) {
  SumChannels(
      view, sums,
      [=] __device__(int64_t i, int64_t) {
        return double{dy[i]} * x[i] * inverse[g.of(i)];
      },
      store);
}

// dots: the sums of scale * dy * x over what is normalized together.
void Gradient(const Groups& g, int64_t n, CudaSums* sums, const Scales& scales,
              const float* inverse, const float* x, const float* dy,
              float* dots, float* dx) {
  SumGroups(
      g, sums,
      [=] __device__(int64_t i) { return double{scales.of(i)} * dy[i] * x[i]; },
      [=] __device__(int64_t group, double sum) {
        dots[group] = static_cast<float>(sum);
      });
  ForEach(Stream(), n, [=] __device__(int64_t i) {
    const float r = inverse[g.of(i)];
    dx[i] = r * (scales.of(i) * dy[i] - x[i] * r * r * dots[g.of(i)]);
  });
}

class NormalizeCuda final : public Normalize {
 public:
  using Normalize::Normalize;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = bottoms[0]->data.data();
    float* inverse = Room(groups().count(), Device::kCuda, &inverse_);
    InvertNorms(groups(), param_.norm_param().eps(), &sums_, x, inverse);
    Apply(groups(), count(), scales(), inverse, x, tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* x = bottoms[0]->data.data();
    const float* dy = tops[0]->diff.data();
    Parameter& p = params()[0];
    if (p.learns) {
      ChannelView view;  // one channel of all elements, if they share a scale
      view.number = channel_shared() ? 1 : images_;
      view.channels = channel_shared() ? 1 : channels_;
      view.inner = channel_shared() ? count() : pixels_;
      SumScales(groups(), &sums_, view, inverse_.data(), x, dy,
                {p.blob.diff.data(), p.accumulate});
    }
    if (!propagate_down(0)) return;
    Gradient(groups(), count(), &sums_, scales(), inverse_.data(), x, dy,
             Room(groups().count(), Device::kCuda, &dots_),
             bottoms[0]->diff.data());
  }

 private:
  int64_t count() const { return images_ * image(); }
  Groups groups() const {
    return {images_, channels_, pixels_, across_spatial()};
  }
  Scales scales() const {
    return {params()[0].blob.data.data(), channel_shared(), channels_, pixels_};
  }

  Tensor inverse_;  // 1 / norm by group, of the last Forward
  Tensor dots_;
  CudaSums sums_;
};

const RegisterLayer<NormalizeCuda> kNormalizeCuda("Normalize", Device::kCuda);

}  // namespace
}  // namespace doppio
