#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "doppio/tensor.h"

namespace doppio {

// Memory of each device, not initialised. memory_cpu_only.cc is the build's
// without CUDA.
std::shared_ptr<void> Allocate(Device device, size_t bytes);
void FillZero(Device device, void* memory, size_t bytes);
void Copy(Device to_device, void* to, Device from_device, const void* from,
          size_t bytes);
// Waits for what has been put on the device's stream.
void Synchronize(Device device);

// Cache-line aligned; from 4 MiB on, on huge pages where the kernel has them,
// since page faults are dear on virtual machines.
std::shared_ptr<void> AllocateHost(size_t bytes);

// Gives host memory of at least so many bytes, not initialised, to any thread.
using HostAllocator = std::function<std::shared_ptr<void>(size_t bytes)>;

// Its memory is pinned, so that the GPU on which the calling thread computes
// now can copy it beside its work; where none can be pinned, it is pageable and
// one line says so. AllocateHost in the build without CUDA.
HostAllocator PinnedAllocator();

}  // namespace doppio
