#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

namespace doppio {

// Memory for what is needed during a call only, so that layers can share it.
// It starts as zeros and grows as needed, which loses what was in it.
class Workspace {
 public:
  // Notes what will be required, before there is any memory.
  void Plan(size_t floats) { planned_ = std::max(planned_, floats); }
  size_t planned_bytes() const { return planned_ * sizeof(float); }

  float* Require(size_t floats);
  float* floats() const { return static_cast<float*>(memory_.get()); }

 private:
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
