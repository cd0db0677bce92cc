#pragma once

#include <cmath>

#include "device/math.h"
#include "doppio/layer.h"
#include "layers/shared/storage.h"

namespace doppio {

// What the slope of a function is worked out from.
enum class SlopeOf { kX, kY, kConstant, kNone };

// A layer that maps each element by itself. F supplies the map and its slope:
//
//   explicit F(const LayerParameter&);
//   constexpr float Value(float x) const;  // y
//   constexpr float Slope(float v) const;  // dy/dx
//   constexpr SlopeOf slope_of() const;    // whether v is x or y
//
// A slope worked out from y lets the layer run in place; without a slope there
// is no gradient. constexpr is what lets a CUDA half call the same functions.
template <typename F>
class Elementwise : public Layer {
 public:
  Elementwise(const LayerParameter& param, const Context& context)
      : Layer(param, context), f_(param) {}

  LayerTraits traits() const override {
    LayerTraits t;
    t.in_place = f_.slope_of() != SlopeOf::kX;
    t.elementwise = KeepsZeros();
    t.diff_in_place = true;
    t.backward_reads_bottoms = f_.slope_of() == SlopeOf::kX;
    t.backward_reads_tops = f_.slope_of() == SlopeOf::kY;
    return t;
  }

  Shapes Reshape(const Shapes& bottoms) override { return bottoms; }

  bool Differentiable(int) const override {
    return f_.slope_of() != SlopeOf::kNone;
  }

  // Runs over the storage as it lies. Padding must stay zero, so a function
  // that would write something else there wants layouts without any.
  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    const LayoutPtr& x = bottoms[0];
    const LayoutPtr kept = x && x->padded() && !KeepsZeros() ? nullptr : x;
    return {{kept}, {kept}};
  }

 protected:
  bool KeepsZeros() const {
    return f_.Value(0) == 0 && std::isfinite(f_.Slope(0));
  }

  const F f_;
};

template <typename F>
class ElementwiseCpu final : public Elementwise<F> {
 public:
  using Elementwise<F>::Elementwise;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    const float* x = Stored(bottoms[0]->data);
    float* y = Stored(&tops[0]->data);
    const F f = this->f_;
    ParallelFor(StoredCount(tops[0]->data), 1,
                [=](int64_t begin, int64_t end) { Map(f, x, begin, end, y); });
  }

  void Backward(const Blobs& tops, const Blobs& bottoms) override {
    if (!this->propagate_down(0)) return;
    const float* dy = Stored(tops[0]->diff);
    float* dx = Stored(&bottoms[0]->diff);
    const F f = this->f_;
    const float* v = f.slope_of() == SlopeOf::kX   ? Stored(bottoms[0]->data)
                     : f.slope_of() == SlopeOf::kY ? Stored(tops[0]->data)
                                                   : dy;
    ParallelFor(StoredCount(tops[0]->diff), 1, [=](int64_t begin, int64_t end) {
      Chain(f, v, dy, begin, end, dx);
    });
  }

 private:
  // f by value: then the compiler takes its settings for constant, and what it
  // decides by them out of the loop.
  static void Map(F f, const float* x, int64_t begin, int64_t end, float* y) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) y[i] = f.Value(x[i]);
  }

  static void Chain(F f, const float* v, const float* dy, int64_t begin,
                    int64_t end, float* dx) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) dx[i] = dy[i] * f.Slope(v[i]);
  }
};

}  // namespace doppio
