#pragma once

#include <algorithm>

#include "device/block.cuh"
#include "solver/update_each.h"

namespace doppio {

// The parameters that one launch updates, each with its step; as many as fit a
// kernel's arguments. Every block works on a part of one of them.
template <typename Step>
struct UpdatesOfLaunch {
  static constexpr int kMost = 32;
  static constexpr int64_t kPart = 1 << 13;

  void Add(const ParameterUpdate& update, const Step& step) {
    updates[count] = update;
    steps[count] = step;
    first_blocks[count++] = blocks;
    blocks += static_cast<int>((update.count + kPart - 1) / kPart);
  }

  ParameterUpdate updates[kMost];
  Step steps[kMost];
  int first_blocks[kMost];  // of each parameter
  int count;
  int blocks;
};

template <typename Step>
__global__ void UpdateAll(UpdatesOfLaunch<Step> all) {
  const int block = static_cast<int>(blockIdx.x);
  int at = 0;
  while (at + 1 < all.count && all.first_blocks[at + 1] <= block) ++at;
  const ParameterUpdate update = all.updates[at];
  const Step step = all.steps[at];
  float scale = update.scale;
  if (update.control != nullptr) {
    if (update.control->halted != 0) return;
    scale = update.control->scale;
  }
  const int64_t first = (block - all.first_blocks[at]) * all.kPart;
  const int64_t left = update.count - first;
  for (const int64_t j : BlockStride{left < all.kPart ? left : all.kPart}) {
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
    using All = UpdatesOfLaunch<Step>;
    static_assert(sizeof(All) <= 4096, "more than a kernel's arguments");
    for (size_t first = 0; first < updates.size(); first += All::kMost) {
      const size_t end = std::min(updates.size(), first + All::kMost);
      All all = {};
      for (size_t i = first; i < end; ++i) {
        all.Add(updates[i], step_of(updates[i]));
      }
      if (all.blocks == 0) continue;
      Launch(Stream(), {dim3(all.blocks), dim3(kThreads)}, UpdateAll<Step>,
             all);
    }
  }
};

}  // namespace doppio
