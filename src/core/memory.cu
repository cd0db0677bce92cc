#include <glog/logging.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>

#include "core/cuda.h"
#include "core/host_stops.h"
#include "core/memory.h"

namespace doppio {
namespace {

cudaMemcpyKind KindOf(Device to, Device from) {
  if (to == Device::kCuda) {
    return from == Device::kCuda ? cudaMemcpyDeviceToDevice
                                 : cudaMemcpyHostToDevice;
  }
  return from == Device::kCuda ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost;
}

}  // namespace

long& HostStops() {
  thread_local long stops = 0;
  return stops;
}

cudaStream_t Stream() {
  static std::mutex mutex;
  static std::map<int, cudaStream_t> streams;  // as long as the process lives
  const std::lock_guard<std::mutex> lock(mutex);
  int device = 0;
  CheckCuda(cudaGetDevice(&device), "cudaGetDevice");
  cudaStream_t& stream = streams[device];
  if (stream == nullptr) {
    CheckCuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
              "cudaStreamCreate");
  }
  return stream;
}

std::shared_ptr<void> Allocate(Device device, size_t bytes) {
  if (device == Device::kCpu) return AllocateHost(bytes);
  ++HostStops();
  void* memory = nullptr;
  // A tensor of no elements has memory, too: it is not an empty handle.
  const cudaError_t status = cudaMalloc(&memory, bytes > 0 ? bytes : 1);
  Require(status != cudaErrorMemoryAllocation, "the GPU has no room for ",
          bytes >> 20, " MiB more; make the batch smaller");
  CheckCuda(status, "cudaMalloc");
  return {memory, [](void* p) { cudaFree(p); }};
}

HostAllocator PinnedAllocator() {
  int gpu = 0;
  CheckCuda(cudaGetDevice(&gpu), "cudaGetDevice");
  return [gpu](size_t bytes) -> std::shared_ptr<void> {
    // A loader's thread would otherwise begin to use the first GPU.
    CheckCuda(cudaSetDevice(gpu), "cudaSetDevice");
    void* memory = nullptr;
    const cudaError_t status =
        cudaMallocHost(&memory, std::max<size_t>(bytes, 1));
    if (status == cudaSuccess) {
      return {memory, [](void* p) { cudaFreeHost(p); }};
    }
    cudaGetLastError();  // not left for the next call to find
    static std::once_flag told;
    std::call_once(told, [status] {
      LOG(WARNING) << "no memory can be pinned for batches ("
                   << cudaGetErrorString(status)
                   << "); they go to the GPU more slowly";
    });
    return AllocateHost(bytes);
  };
}

void FillZero(Device device, void* memory, size_t bytes) {
  if (bytes == 0) return;
  if (device == Device::kCpu) {
    std::memset(memory, 0, bytes);
  } else {
    CheckCuda(cudaMemsetAsync(memory, 0, bytes, Stream()), "cudaMemset");
  }
}

void Copy(Device to_device, void* to, Device from_device, const void* from,
          size_t bytes) {
  if (bytes == 0) return;
  if (to_device == Device::kCpu && from_device == Device::kCpu) {
    std::memcpy(to, from, bytes);
    return;
  }
  CheckCuda(cudaMemcpyAsync(to, from, bytes, KindOf(to_device, from_device),
                            Stream()),
            "cudaMemcpy");
  // What the host reads has arrived when this returns, and what it gave away
  // may change afterwards.
  if (to_device == Device::kCpu || from_device == Device::kCpu) {
    Synchronize(Device::kCuda);
  }
}

void Synchronize(Device device) {
  if (device == Device::kCpu) return;
  ++HostStops();
  CheckCuda(cudaStreamSynchronize(Stream()), "cudaStreamSynchronize");
}

}  // namespace doppio
