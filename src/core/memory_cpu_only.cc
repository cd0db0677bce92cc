#include <glog/logging.h>

#include <algorithm>
#include <cstdint>
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

HostAllocator PinnedAllocator() { return AllocateHost; }

void FillZero(Device, void* memory, size_t bytes) {
  constexpr size_t kPiece = size_t{2} << 20;  // a huge page
  const auto pieces = static_cast<int64_t>((bytes + kPiece - 1) / kPiece);
  // The threads that first touch a page get it near them.
#pragma omp parallel for schedule(static) if (pieces > 4)
  for (int64_t i = 0; i < pieces; ++i) {
    const size_t begin = i * kPiece;
    std::memset(static_cast<char*>(memory) + begin, 0,
                std::min(kPiece, bytes - begin));
  }
}

void Copy(Device, void* to, Device, const void* from, size_t bytes) {
  // memcpy takes no null pointer, not even for no bytes.
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void Synchronize(Device) {}

}  // namespace doppio
