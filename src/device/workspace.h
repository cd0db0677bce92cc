#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

#include "doppio/tensor.h"

namespace doppio {

// Memory for what is needed during a call only. Layers share it, since they run
// one after the other. It grows as needed, which loses what was in it; on the
// CPU it starts as zeros, on a GPU as anything.
class Workspace {
 public:
  explicit Workspace(Device device = Device::kCpu) : device_(device) {}

  // Notes what will be required, before there is any memory.
  void Plan(size_t floats) { planned_ = std::max(planned_, floats); }
  size_t planned_bytes() const { return planned_ * sizeof(float); }

  float* Require(size_t floats);
  float* floats() const { return static_cast<float*>(memory_.get()); }

 private:
  Device device_;
  std::shared_ptr<void> memory_;
  size_t size_ = 0, planned_ = 0;
};

struct WinogradWorkspaces {
  Workspace weights, tiles, sums;

  size_t planned_bytes() const {
    return weights.planned_bytes() + tiles.planned_bytes() +
           sums.planned_bytes();
  }
};

}  // namespace doppio
