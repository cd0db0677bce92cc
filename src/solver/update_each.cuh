#pragma once

#include <algorithm>

#include "device/block.cuh"
#include "solver/update_each.h"

namespace doppio {

// The parameters that one launch updates; as many as fit a kernel's arguments.
// Every block works on a part of one of them.
template <typename Step>
struct UpdatesOfLaunch {
  struct One {
    ParameterUpdate update;
    Step step;
    int first_block;
  };
  static constexpr size_t kArgumentBytes = 4096;
  static constexpr int kMost =
      static_cast<int>((kArgumentBytes - 2 * sizeof(int)) / sizeof(One));
  static constexpr int64_t kPart = 1 << 13;

  void Add(const ParameterUpdate& update, const Step& step) {
    all[count++] = {update, step, blocks};
    blocks += static_cast<int>((update.count + kPart - 1) / kPart);
  }

  One all[kMost];
  int count;
  int blocks;
};

template <typename Step>
__global__ void UpdateAll(UpdatesOfLaunch<Step> updates) {
  const int block = static_cast<int>(blockIdx.x);
  int at = 0;
  while (at + 1 < updates.count && updates.all[at + 1].first_block <= block) {
    ++at;
  }
  const auto [update, step, first_block] = updates.all[at];
  float scale = update.scale;
  if (update.control != nullptr) {
    if (update.control->halted != 0) return;
    scale = update.control->scale;
  }
  const int64_t first = (block - first_block) * updates.kPart;
  const int64_t left = update.count - first;
  const int64_t part = left < updates.kPart ? left : updates.kPart;
  for (const int64_t j : BlockStride{part}) {
    const int64_t i = first + j;
    const float w = update.data[i];
    const float dw = GradientOf(w, update.diff[i], scale, update.l1, update.l2);
    update.data[i] = w - step(dw, i);
  }
}

struct OnCuda {
  // As OnCpu, on the GPU.
  template <typename StepOf>
  static void Update(const std::vector<ParameterUpdate>& updates,
                     StepOf step_of) {
    using Step = decltype(step_of(updates[0]));
    using OfLaunch = UpdatesOfLaunch<Step>;
    for (size_t first = 0; first < updates.size(); first += OfLaunch::kMost) {
      const size_t end = std::min(updates.size(), first + OfLaunch::kMost);
      OfLaunch some = {};
      for (size_t i = first; i < end; ++i) {
        some.Add(updates[i], step_of(updates[i]));
      }
      if (some.blocks == 0) continue;
      Launch(Stream(), {dim3(some.blocks), dim3(kThreads)}, UpdateAll<Step>,
             some);
    }
  }
};

}  // namespace doppio
