#pragma once

#include <cstddef>
#include <memory>

namespace doppio {

// Memory for what is needed during a call only, so that layers can share it.
// It starts as zeros and grows as needed, which loses what was in it.
class Workspace {
 public:
  float* Require(size_t floats);
  float* floats() const { return static_cast<float*>(memory_.get()); }

 private:
  std::shared_ptr<void> memory_;
  size_t size_ = 0;
};

struct WinogradWorkspaces {
  Workspace weights, tiles, sums;
};

}  // namespace doppio
