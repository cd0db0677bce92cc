#pragma once

#include "device/launch.cuh"
#include "layers/shared/elementwise.h"

namespace doppio {

// Free functions, as device lambdas have to be in.

template <typename F>
void MapElements(F f, int64_t n, const float* x, float* y) {
  ForEach(Stream(), n, [=] __device__(int64_t i) { y[i] = f.Value(x[i]); });
}

template <typename F>
void ChainElements(F f, int64_t n, const float* v, const float* dy, float* dx) {
  ForEach(Stream(), n,
          [=] __device__(int64_t i) { dx[i] = dy[i] * f.Slope(v[i]); });
}

// The CUDA half of Elementwise.
template <typename F>
class ElementwiseCuda final : public Elementwise<F> {
 public:
  using Elementwise<F>::Elementwise;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    MapElements(this->f_, tops[0]->data.count(), Stored(bottoms[0]->data),
                Stored(&tops[0]->data));
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!this->propagate_down(0)) return;
    const float* dy = Stored(tops[0]->diff);
    const SlopeOf of = this->f_.slope_of();
    const float* v = of == SlopeOf::kX   ? Stored(bottoms[0]->data)
                     : of == SlopeOf::kY ? Stored(tops[0]->data)
                                         : dy;
    ChainElements(this->f_, tops[0]->diff.count(), v, dy,
                  Stored(&bottoms[0]->diff));
  }
};

}  // namespace doppio
