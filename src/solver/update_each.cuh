#pragma once

#include "device/launch.cuh"
#include "solver/update_each.h"

namespace doppio {

// As UpdateEach, on the GPU.
template <typename Step>
void CudaUpdateEach(const ParameterUpdate& update, Step step) {
  ForEach(Stream(), update.count, [=] __device__(int64_t i) {
    const float w = update.data[i];
    const float dw =
        GradientOf(w, update.diff[i], update.scale, update.l1, update.l2);
    update.data[i] = w - step(dw, i);
  });
}

struct OnCuda {
  template <typename Step>
  static void Update(const ParameterUpdate& update, Step step) {
    CudaUpdateEach(update, step);
  }
};

}  // namespace doppio
