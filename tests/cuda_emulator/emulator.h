#pragma once

#include <cuda_runtime_api.h>

#include <functional>
#include <vector>

namespace emulator {

// A library's work on a stream: it may touch these pieces of device memory and
// no other.
void Library(cudaStream_t stream, const char* what,
             const std::vector<const void*>& reads, void* writes,
             std::function<void()> work);
void Library(cudaStream_t stream, const char* what,
             const std::vector<const void*>& reads,
             const std::vector<void*>& writes, std::function<void()> work);

// So far: kernels launched, and calls in which the host waits for a device, of
// which freeing memory is one.
long launches();
long host_waits();
long graph_launches();

// For tests of broken kernels: a device works again after an error.
void Recover();

}  // namespace emulator
