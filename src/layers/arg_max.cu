#include "device/launch.cuh"
#include "doppio/layer_registry.h"
#include "layers/arg_max.h"

namespace doppio {
namespace {

// The value and the index of one choice; of equal values the later is better.
struct Choice {
  float value;
  int index;
  constexpr bool IsBetterThan(const Choice& other) const {
    return value > other.value || (value == other.value && index > other.index);
  }
};

// The best of a vector that is not as good as `above`; any if that is null.
__device__ Choice BestBelow(const Choice* above, const float* x, int count,
                            int64_t step) {
  Choice best = {0, -1};
  for (int c = 0; c < count; ++c) {
    const Choice choice = {x[c * step], c};
    if (above != nullptr && !above->IsBetterThan(choice)) continue;
    if (best.index < 0 || choice.IsBetterThan(best)) best = choice;
  }
  return best;
}

// Where choice k of a position goes: to `index` and to `value`, if not -1.
struct Target {
  int64_t top_k, inner;
  bool has_axis, gives_values;

  constexpr int64_t index(int64_t position, int k) const {
    if (has_axis) return gives_values ? -1 : Along(position, k);
    return position * top_k * (gives_values ? 2 : 1) + k;
  }
  constexpr int64_t value(int64_t position, int k) const {
    if (!gives_values) return -1;
    return has_axis ? Along(position, k) : (position * 2 + 1) * top_k + k;
  }

 private:
  constexpr int64_t Along(int64_t position, int k) const {
    return (position / inner * top_k + k) * inner + position % inner;
  }
};

void Choose(const AxisView& view, const Target& target, const float* x,
            float* y) {
  ForEach(Stream(), view.positions(), [=] __device__(int64_t position) {
    Choice best = {};
    for (int k = 0; k < target.top_k; ++k) {
      best = BestBelow(k == 0 ? nullptr : &best, x + view.Start(position),
                       view.extent, view.inner);
      const int64_t index = target.index(position, k);
      const int64_t value = target.value(position, k);
      if (index >= 0) y[index] = static_cast<float>(best.index);
      if (value >= 0) y[value] = best.value;
    }
  });
}

class ArgMaxCuda final : public ArgMax {
 public:
  using ArgMax::ArgMax;

  void Forward(const Blobs& bottoms, const Blobs& tops) override {
    Choose(view_, {top_k_, view_.inner, has_axis_, gives_values_},
           bottoms[0]->data.data(), tops[0]->data.data());
  }

  void Backward(const Blobs&, const Blobs&) override {}
};

const RegisterLayer<ArgMaxCuda> kArgMaxCuda("ArgMax", Device::kCuda);

}  // namespace
}  // namespace doppio
