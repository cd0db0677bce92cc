#include "device/workspace.h"

#include "core/memory.h"

namespace doppio {

float* Workspace::Require(size_t floats) {
  if (floats > size_) {
    memory_ = nullptr;
    memory_ = AllocateHost(floats * sizeof(float));
    FillZero(Device::kCpu, memory_.get(), floats * sizeof(float));
    size_ = floats;
  }
  return this->floats();
}

}  // namespace doppio
