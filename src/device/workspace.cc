#include "device/workspace.h"

#include "core/memory.h"

namespace doppio {

float* Workspace::Require(size_t floats) {
  if (floats > size_) {
    Plan(floats);
    memory_ = nullptr;
    memory_ = Allocate(device_, planned_bytes());
    if (device_ == Device::kCpu) {
      FillZero(device_, memory_.get(), planned_bytes());
    }
    size_ = planned_;
  }
  return this->floats();
}

}  // namespace doppio
