// Memory and copies of the CUDA runtime, with the toolkit's own prototypes.

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "device_memory.h"
#include "report.h"
#include "runtime.h"
#include "settings.h"
#include "stream.h"

namespace emulator {
namespace {

std::map<const char*, size_t> pinned;  // begins and sizes

void ReportLeaks() {
  if (live_allocations() == 0 && pinned.empty()) return;
  std::ostringstream text;
  text << live_allocations() << " allocations on devices and " << pinned.size()
       << " of pinned memory were never freed";
  Report(text.str());
  std::fflush(nullptr);
  _Exit(1);
}

// The first call of a process.
void Begin() {
  static const int registered = std::atexit(ReportLeaks);
  (void)registered;
}

bool Pinned(const void* p, size_t bytes) {
  const char* c = static_cast<const char*>(p);
  auto found = pinned.upper_bound(c);
  if (found == pinned.begin()) return false;
  --found;
  return c + bytes <= found->first + found->second;
}

// Either all of it on the device, or none.
std::string CopyMistake(const void* to, size_t to_bytes, const void* from,
                        size_t from_bytes, cudaMemcpyKind kind) {
  const bool to_device =
      kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device =
      kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  const auto mistake = [](const char* end, const void* p, size_t bytes,
                          bool device) {
    if (device && !InArena(p)) {
      return std::string("a copy ") + end + " device has a host pointer";
    }
    if (!device && InArena(p)) {
      return std::string("a copy ") + end + " host has a device pointer";
    }
    if (device && !IsDevice(p, bytes)) {
      return std::string("a copy ") + end +
             " device passes the end of the allocation";
    }
    return std::string();
  };
  const std::string wrong = mistake("to the", to, to_bytes, to_device);
  return wrong.empty() ? mistake("from the", from, from_bytes, from_device)
                       : wrong;
}

struct Rows {
  size_t bytes, count, to_pitch, from_pitch;
};

void CopyNow(void* to, const void* from, const Rows& rows) {
  Touch(from, false);
  Touch(to, true);
  for (size_t i = 0; i < rows.count; ++i) {
    std::memmove(static_cast<char*>(to) + i * rows.to_pitch,
                 static_cast<const char*>(from) + i * rows.from_pitch,
                 rows.bytes);
  }
}

cudaError_t Copy(void* to, const void* from, const Rows& rows,
                 cudaMemcpyKind kind, cudaStream_t to_stream) {
  Turn turn(mutex);
  if (sticky != cudaSuccess) return Fail(sticky);
  Stream* stream = Find(to_stream);
  if (stream == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (rows.bytes == 0 || rows.count == 0) return cudaSuccess;
  const size_t to_bytes = (rows.count - 1) * rows.to_pitch + rows.bytes;
  const size_t from_bytes = (rows.count - 1) * rows.from_pitch + rows.bytes;
  const std::string mistake = CopyMistake(to, to_bytes, from, from_bytes, kind);
  if (!mistake.empty()) return Reject(cudaErrorInvalidValue, mistake);
  if (const cudaError_t error = Captured(stream)) return error;
  const auto pageable = [](const void* p, size_t bytes) {
    return !InArena(p) && !Pinned(p, bytes);
  };
  if (pageable(from, from_bytes) || pageable(to, to_bytes)) {
    if (const cudaError_t error = Forbidden("a copy of pageable memory")) {
      return error;
    }
  }
  if (pageable(from, from_bytes)) {
    // Pageable memory is read before the call returns.
    const char* begin = static_cast<const char*>(from);
    auto staged =
        std::make_shared<std::vector<char>>(begin, begin + from_bytes);
    Enqueue(stream, "a copy", [=] { CopyNow(to, staged->data(), rows); });
    return cudaSuccess;
  }
  Enqueue(stream, "a copy", [=] { CopyNow(to, from, rows); });
  if (pageable(to, to_bytes)) {
    ++waited;
    Wait(stream);
  }
  return sticky;
}

}  // namespace
}  // namespace emulator

using namespace emulator;

extern "C" {

cudaError_t cudaMemGetInfo(size_t* available, size_t* total) {
  Turn turn(mutex);
  *total = kDeviceBytes;
  *available = kDeviceBytes - live_bytes(this_device);
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** memory, size_t bytes) {
  Turn turn(mutex);
  Begin();
  if (sticky != cudaSuccess) return Fail(sticky);
  if (const cudaError_t error = Forbidden("cudaMalloc")) return error;
  if (live_bytes(this_device) + bytes > kDeviceBytes) {
    return Fail(cudaErrorMemoryAllocation);
  }
  *memory = AllocateDevice(bytes, this_device);
  return cudaSuccess;
}
cudaError_t cudaFree(void* memory) {
  Turn turn(mutex);
  if (memory == nullptr) return cudaSuccess;
  if (const cudaError_t error = Forbidden("cudaFree")) return error;
  ++waited;
  WaitForAll();
  return FreeDevice(memory) ? cudaSuccess : Fail(cudaErrorInvalidValue);
}
cudaError_t cudaMallocHost(void** memory, size_t bytes) {
  Turn turn(mutex);
  Begin();
  if (const cudaError_t error = Forbidden("cudaMallocHost")) return error;
  if (!settings().pinned) return Fail(cudaErrorMemoryAllocation);
  *memory = std::malloc(bytes + 1);
  pinned[static_cast<const char*>(*memory)] = bytes;
  return cudaSuccess;
}
cudaError_t cudaFreeHost(void* memory) {
  Turn turn(mutex);
  if (memory == nullptr) return cudaSuccess;
  if (const cudaError_t error = Forbidden("cudaFreeHost")) return error;
  ++waited;
  WaitForAll();
  if (pinned.erase(static_cast<const char*>(memory)) == 0) {
    return Reject(cudaErrorInvalidValue,
                  "cudaFreeHost of what is no pinned memory");
  }
  std::free(memory);
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes,
                            cudaMemcpyKind kind, cudaStream_t stream) {
  return Copy(to, from, {bytes, 1, bytes, bytes}, kind, stream);
}
cudaError_t cudaMemcpy2DAsync(void* to, size_t to_pitch, const void* from,
                              size_t from_pitch, size_t width, size_t height,
                              cudaMemcpyKind kind, cudaStream_t stream) {
  return Copy(to, from, {width, height, to_pitch, from_pitch}, kind, stream);
}
cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes,
                            cudaStream_t stream) {
  Turn turn(mutex);
  if (sticky != cudaSuccess) return Fail(sticky);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (bytes == 0) return cudaSuccess;
  if (!IsDevice(to, bytes)) {
    return Reject(cudaErrorInvalidValue,
                  "cudaMemset of host memory, or past an allocation's end");
  }
  if (const cudaError_t error = Captured(found)) return error;
  Enqueue(found, "cudaMemset", [=] {
    Touch(to, true);
    std::memset(to, value, bytes);
  });
  return cudaSuccess;
}

}  // extern "C"
