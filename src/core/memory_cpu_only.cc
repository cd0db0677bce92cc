#include <glog/logging.h>

#include <cstring>

#include "core/memory.h"
#include "doppio/error.h"

namespace doppio {

std::shared_ptr<void> Allocate(Device device, size_t bytes) {
  Require(device == Device::kCpu,
          "this build has no CUDA; configure it with -DDOPPIO_CUDA=ON, or run "
          "with --device=cpu");
  return AllocateHost(bytes);
}

void FillZero(Device, void* memory, size_t bytes) {
  std::memset(memory, 0, bytes);
}

void Copy(Device, void* to, Device, const void* from, size_t bytes) {
  // memcpy takes no null pointer, not even for no bytes.
  if (bytes > 0) std::memcpy(to, from, bytes);
}

}  // namespace doppio
