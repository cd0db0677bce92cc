#pragma once

#include <cstdint>
#include <vector>

#include "device/math.h"
#include "solver/update_rule.h"

namespace doppio {

// For divisors that are 0 only where the dividend is, too: what has no gradient
// and no delta stays where it is.
constexpr float NotZero(float divisor) { return divisor == 0 ? 1 : divisor; }

// A weight's gradient, scaled and regularized.
constexpr float GradientOf(float w, float diff, float scale, float l1,
                           float l2) {
  const float sign = static_cast<float>(w > 0) - static_cast<float>(w < 0);
  return scale * diff + l2 * w + l1 * sign;
}

// w -= step(dw, i) for all elements i, where dw is the scaled gradient with the
// regularization's. One pass over memory, on all threads: this is bound by
// memory bandwidth.
template <typename Step>
void UpdateEach(const ParameterUpdate& update, Step step) {
  constexpr double kNanoseconds = 1;  // per element, on one core
  ParallelFor(update.count, kNanoseconds, [&](int64_t begin, int64_t end) {
    float* const data = update.data;
    const float* const diff = update.diff;
    const float scale = update.scale, l1 = update.l1, l2 = update.l2;
    const Step each = step;
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      const float w = data[i];
      data[i] = w - each(GradientOf(w, diff[i], scale, l1, l2), i);
    }
  });
}

// For rules that are the same on each device: how theirs goes through the
// elements. OnCuda is in update_each.cuh.
struct OnCpu {
  // step_of(update) is what UpdateEach takes.
  template <typename StepOf>
  static void Update(const std::vector<ParameterUpdate>& updates,
                     StepOf step_of) {
    for (const ParameterUpdate& u : updates) UpdateEach(u, step_of(u));
  }
};

}  // namespace doppio
