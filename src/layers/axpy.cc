#include "layers/axpy.h"

#include "device/math.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"
#include "layers/shared/sum.h"

namespace doppio {

LayerTraits Axpy::traits() const {
  LayerTraits t;
  t.min_bottoms = t.max_bottoms = 3;
  t.backward_reads_tops = false;
  return t;
}

Shapes Axpy::Reshape(const Shapes& bottoms) {
  const Shape& a = bottoms[0];
  const Shape& x = bottoms[1];
  Require(x.axes() >= 2, "needs a second bottom of N x C x ..., not ", x);
  Require(a.axes() >= 2 && a[0] == x[0] && a[1] == x[1] && a.count(2) == 1,
          "a second bottom of ", x, " needs a factor for each of ", x[0], " x ",
          x[1], " channels, but the first bottom is ", a);
  Require(bottoms[2] == x,
          "the second and the third bottom are added, but are ", x, " and ",
          bottoms[2]);
  planes_ = x.count(0, 2);
  pixels_ = x.count(2);
  return {x};
}

namespace {

class AxpyCpu final : public Axpy {
 public:
  using Axpy::Axpy;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* a = bottoms[0]->data.data();
    const float* x = bottoms[1]->data.data();
    const float* b = bottoms[2]->data.data();
    float* y = tops[0]->data.data();
    ForEachPlane([=](int64_t plane, int64_t begin, int64_t end) {
      const float factor = a[plane];
#pragma omp simd
      for (int64_t i = begin; i < end; ++i) y[i] = factor * x[i] + b[i];
    });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    const float* dy = tops[0]->diff.data();
    const float* a = bottoms[0]->data.data();
    const float* x = bottoms[1]->data.data();
    if (propagate_down(0)) {
      float* da = bottoms[0]->diff.data();
      ForEachPlane([=](int64_t plane, int64_t begin, int64_t end) {
        da[plane] = static_cast<float>(SumOfRange(
            begin, end, [=](int64_t i) { return double{dy[i]} * x[i]; }));
      });
    }
    if (propagate_down(1)) {
      float* dx = bottoms[1]->diff.data();
      ForEachPlane([=](int64_t plane, int64_t begin, int64_t end) {
        const float factor = a[plane];
#pragma omp simd
        for (int64_t i = begin; i < end; ++i) dx[i] = factor * dy[i];
      });
    }
    if (propagate_down(2)) bottoms[2]->diff.CopyFrom(tops[0]->diff);
  }

 private:
  // Calls body(plane, begin, end) with the elements of each plane.
  template <typename Body>
  void ForEachPlane(Body body) const {
    const int64_t pixels = pixels_;
    ParallelFor(planes_, pixels * 0.5, [=](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        body(p, p * pixels, (p + 1) * pixels);
      }
    });
  }
};

const RegisterLayer<AxpyCpu> kAxpyCpu("Axpy", Device::kCpu);

}  // namespace
}  // namespace doppio
