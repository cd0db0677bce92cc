#include "doppio/layer_registry.h"
#include "layers/batch_norm.h"
#include "layers/shared/room.h"
#include "layers/shared/sums.cuh"

namespace doppio {
namespace {

// By channel: of the last Forward, and sums over the gradient.
struct Statistics {
  float *mean, *variance, *scale;  // scale: 1 / standard deviation
  float *dy_mean, *dy_slope;       // means of dy, and of dy * x normalised
};

// The parameters: running sums, and their weight.
struct Running {
  float *mean, *variance, *weight;
};

void TakeRunning(int64_t channels, float eps, const Running& running,
                 const Statistics& s) {
  ForEach(Stream(), channels, [=] __device__(int64_t c) {
    const float factor = *running.weight == 0 ? 0 : 1 / *running.weight;
    s.mean[c] = factor * running.mean[c];
    s.variance[c] = factor * running.variance[c];
    s.scale[c] = 1 / sqrtf(s.variance[c] + eps);
  });
}

void Measure(const ChannelView& view, float eps, CudaSums* sums, const float* x,
             const Statistics& s) {
  const float count = static_cast<float>(view.number * view.inner);
  SumChannels(view, sums, ElementOf{x}, [=] __device__(int64_t c, double sum) {
    s.mean[c] = static_cast<float>(sum / count);
  });
  SumChannels(
      view, sums,
      [=] __device__(int64_t i, int64_t c) {
        return (x[i] - s.mean[c]) * (x[i] - s.mean[c]);
      },
      [=] __device__(int64_t c, double sum) {
        s.variance[c] = static_cast<float>(sum / count);
        s.scale[c] = 1 / sqrtf(s.variance[c] + eps);
      });
}

void UpdateRunning(const ChannelView& view, float fraction, const Statistics& s,
                   const Running& running) {
  const float m = static_cast<float>(view.number * view.inner);
  const float unbiased = m > 1 ? m / (m - 1) : 1;
  ForEach(Stream(), view.channels, [=] __device__(int64_t c) {
    running.mean[c] = s.mean[c] + fraction * running.mean[c];
    running.variance[c] =
        unbiased * s.variance[c] + fraction * running.variance[c];
    if (c == 0) *running.weight = 1 + fraction * *running.weight;
  });
}

void Normalize(const ChannelView& view, const Statistics& s, const float* x,
               float* y) {
  CudaForEachElement(view, [=] __device__(int64_t i, int64_t c) {
    y[i] = (x[i] - s.mean[c]) * s.scale[c];
  });
}

void Scaled(const ChannelView& view, const Statistics& s, const float* dy,
            float* dx) {
  CudaForEachElement(view, [=] __device__(int64_t i, int64_t c) {
    dx[i] = dy[i] * s.scale[c];
  });
}

// The batch's mean and variance depend on x too, so with x normalised
//   dx = scale * (dy - mean of dy - x * mean of dy * x).
void Gradient(const ChannelView& view, CudaSums* sums, const Statistics& s,
              const float* x, const float* dy, float* dx) {
  const double count = view.number * view.inner;
  SumChannels(view, sums, ElementOf{dy}, [=] __device__(int64_t c, double sum) {
    s.dy_mean[c] = static_cast<float>(sum / count);
  });
  SumChannels(
      view, sums,
      [=] __device__(int64_t i, int64_t c) {
        return dy[i] * (x[i] - s.mean[c]) * s.scale[c];
      },
      [=] __device__(int64_t c, double sum) {
        s.dy_slope[c] = static_cast<float>(sum / count);
      });
  CudaForEachElement(view, [=] __device__(int64_t i, int64_t c) {
    const float normal = (x[i] - s.mean[c]) * s.scale[c];
    dx[i] = s.scale[c] * (dy[i] - s.dy_mean[c] - normal * s.dy_slope[c]);
  });
}

class BatchNormCuda final : public BatchNorm {
 public:
  using BatchNorm::BatchNorm;

  bool CanAbsorb(const Layer&) const override { return false; }

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    if (shape_.count() == 0) return;  // no images, no statistics
    const BatchNormParameter& p = param_.batch_norm_param();
    const Running running = {params()[0].blob.data.data(),
                             params()[1].blob.data.data(),
                             params()[2].blob.data.data()};
    const float* x = bottoms[0]->data.data();
    const Statistics s = statistics();
    if (uses_global_stats()) {
      TakeRunning(view_.channels, p.eps(), running, s);
    } else {
      if (propagate_down(0)) kept_.Keep(bottoms[0]->data, tops[0]->data);
      Measure(view_, p.eps(), &sums_, x, s);
      UpdateRunning(view_, p.moving_average_fraction(), s, running);
    }
    Normalize(view_, s, x, tops[0]->data.data());
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!propagate_down(0) || shape_.count() == 0) return;
    const float* dy = tops[0]->diff.data();
    float* dx = bottoms[0]->diff.data();
    if (uses_global_stats()) {
      Scaled(view_, statistics(), dy, dx);
    } else {
      const Tensor& x = kept_.Of(bottoms[0]->data, tops[0]->data);
      Gradient(view_, &sums_, statistics(), x.data(), dy, dx);
    }
  }

 private:
  Statistics statistics() {
    const int64_t n = view_.channels;
    float* all = Room(5 * n, Device::kCuda, &statistics_);
    return {all, all + n, all + 2 * n, all + 3 * n, all + 4 * n};
  }

  Tensor statistics_;
  KeptBottom kept_;
  CudaSums sums_;
};

const RegisterLayer<BatchNormCuda> kBatchNormCuda("BatchNorm", Device::kCuda);

}  // namespace
}  // namespace doppio
