// The functions of the CUDA runtime, with the toolkit's own prototypes.

#include "cuda_language.h"
#undef cudaLaunchKernelEx

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <sstream>
#include <vector>

#include "block.h"
#include "device_memory.h"
#include "emulator.h"
#include "report.h"
#include "runtime.h"
#include "settings.h"
#include "stream.h"

namespace emulator {

std::recursive_mutex mutex;

namespace {

thread_local int this_device = 0;
cudaError_t sticky = cudaSuccess;  // after a kernel's error nothing works
cudaError_t last = cudaSuccess;
long launched = 0, waited = 0;
std::map<const char*, size_t> pinned;  // begins and sizes
constexpr size_t kDeviceBytes = size_t{16} << 30;

// Nothing, unless the calling thread captures a stream: then the call is
// forbidden, and the capture lost.
cudaError_t Forbidden(const char* call) {
  if (capturing() == nullptr) return cudaSuccess;
  capturing()->capture->invalid = true;
  return Reject(cudaErrorStreamCaptureUnsupported,
                std::string(call) + " while a stream is captured");
}

// What the stream's capture makes of work that it is given.
cudaError_t Captured(const Stream* stream) {
  return stream->capture && stream->capture->invalid
             ? Fail(cudaErrorStreamCaptureInvalidated)
             : cudaSuccess;
}

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

bool Mapped(const void* p) {
  const auto page = reinterpret_cast<uintptr_t>(p) & ~uintptr_t{4095};
  return msync(reinterpret_cast<void*>(page), 1, MS_ASYNC) == 0;
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

void TouchIfDevice(const void* p, bool write) {
  if (InArena(p)) Touch(FindAllocation(p), write);
}

struct Rows {
  size_t bytes, count, to_pitch, from_pitch;
};

void CopyNow(void* to, const void* from, const Rows& rows) {
  TouchIfDevice(from, false);
  TouchIfDevice(to, true);
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

std::string LaunchMistake(const cudaLaunchConfig_t& c) {
  const size_t threads = size_t{c.blockDim.x} * c.blockDim.y * c.blockDim.z;
  std::ostringstream text;
  if (threads == 0 || threads > 1024 || c.blockDim.z > 64) {
    text << "a block of " << c.blockDim.x << " x " << c.blockDim.y << " x "
         << c.blockDim.z << " threads; 1 to 1024 are possible";
  } else if (c.gridDim.x == 0 || c.gridDim.x > 0x7fffffff || c.gridDim.y == 0 ||
             c.gridDim.y > 65535 || c.gridDim.z == 0 || c.gridDim.z > 65535) {
    text << "a grid of " << c.gridDim.x << " x " << c.gridDim.y << " x "
         << c.gridDim.z << " blocks; 1 to 2^31-1 x 65535 x 65535 are possible";
  } else if (c.dynamicSmemBytes > kSharedBytes) {
    text << c.dynamicSmemBytes << " bytes of shared memory; there are "
         << kSharedBytes;
  }
  return text.str();
}

}  // namespace

cudaError_t Fail(cudaError_t error) { return last = error; }

cudaError_t Reject(cudaError_t error, const std::string& why) {
  Report(why);
  return Fail(error);
}

cudaError_t Launch(const cudaLaunchConfig_t& config, const void* kernel,
                   void (*invoke)(void*), void (*destroy)(void*),
                   void* arguments, size_t arguments_bytes,
                   const void* const* pointers, int count) {
  Turn turn(mutex);
  const auto call = std::shared_ptr<Call>(
      new Call{kernel, invoke, destroy, arguments, arguments_bytes,
               std::vector<const void*>(pointers, pointers + count)},
      [](Call* c) {
        c->destroy(c->arguments);
        delete c;
      });
  if (sticky != cudaSuccess) return Fail(sticky);
  Stream* stream = Find(config.stream);
  if (stream == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (stream->device != this_device) {
    return Reject(cudaErrorInvalidResourceHandle,
                  FunctionOf(kernel) + " is launched on a stream of device " +
                      std::to_string(stream->device) + ", but device " +
                      std::to_string(this_device) + " is the current one");
  }
  const std::string mistake = LaunchMistake(config);
  if (!mistake.empty()) {
    return Reject(cudaErrorInvalidConfiguration,
                  FunctionOf(kernel) + " is launched with " + mistake);
  }
  for (const void* p : call->pointers) {
    if (p == nullptr || InArena(p) || !Mapped(p)) continue;
    sticky = cudaErrorIllegalAddress;
    return Reject(sticky, FunctionOf(kernel) + " is given a host pointer");
  }
  if (const cudaError_t error = Captured(stream)) return error;
  ++launched;
  Enqueue(stream, "a kernel", [=, c = config] {
    if (sticky == cudaSuccess && !RunGrid(c, *call, stream->device)) {
      sticky = cudaErrorLaunchFailure;
    }
  });
  return cudaSuccess;
}

void Library(cudaStream_t stream, const char* what,
             const std::vector<const void*>& reads, void* writes,
             std::function<void()> work) {
  Library(stream, what, reads, std::vector<void*>{writes}, std::move(work));
}

void Library(cudaStream_t stream, const char* what,
             const std::vector<const void*>& reads,
             const std::vector<void*>& writes, std::function<void()> work) {
  Turn turn(mutex);
  Stream* to = Find(stream);
  if (to == nullptr || sticky != cudaSuccess) return;
  Enqueue(to, what, [=] {
    for (const void* p : reads) TouchIfDevice(p, false);
    for (void* p : writes) TouchIfDevice(p, true);
    work();
  });
}

long launches() {
  Turn turn(mutex);
  return launched;
}

long host_waits() {
  Turn turn(mutex);
  return waited;
}

void Recover() { sticky = last = cudaSuccess; }

}  // namespace emulator

using namespace emulator;

extern "C" {

cudaError_t cudaGetDeviceCount(int* count) {
  *count = settings().devices;
  // As the runtime answers where no driver is installed.
  return *count > 0 ? cudaSuccess : Fail(cudaErrorInsufficientDriver);
}
cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= settings().devices) {
    return Fail(cudaErrorInvalidDevice);
  }
  this_device = device;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = this_device;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= settings().devices) {
    return Fail(cudaErrorInvalidDevice);
  }
  *properties = {};
  std::snprintf(properties->name, sizeof properties->name, "emulated GPU");
  properties->major = settings().capability / 10;
  properties->minor = settings().capability % 10;
  properties->multiProcessorCount = 4;
  properties->warpSize = 32;
  properties->maxThreadsPerBlock = 1024;
  properties->sharedMemPerBlock = kSharedBytes;
  properties->totalGlobalMem = kDeviceBytes;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = CUDART_VERSION;
  return cudaSuccess;
}
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
    TouchIfDevice(to, true);
    std::memset(to, value, bytes);
  });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  Turn turn(mutex);
  *stream = reinterpret_cast<cudaStream_t>(NewStream(this_device));
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  Delete(found);
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  if (const cudaError_t error = Forbidden("cudaStreamSynchronize")) {
    return error;
  }
  ++waited;
  Wait(found);
  return sticky;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                unsigned) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  auto* const awaited = reinterpret_cast<Event*>(event);
  if (found->capture && !awaited->captured) {
    found->capture->invalid = true;
    return Reject(cudaErrorStreamCaptureIsolation,
                  "a captured stream waits for what is not captured");
  }
  if (awaited->captured && awaited->stream != found) {
    return Reject(cudaErrorNotSupported,
                  "a capture of two streams is not modelled");
  }
  if (!found->capture) Wait(found, awaited);
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  Turn turn(mutex);
  if (const cudaError_t error = Forbidden("cudaDeviceSynchronize")) {
    return error;
  }
  ++waited;
  WaitForAll();
  return sticky;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = reinterpret_cast<cudaEvent_t>(new Event);
  return cudaSuccess;
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}
// The host's time: it says how long the emulator took.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t from,
                                 cudaEvent_t to) {
  Turn turn(mutex);
  *milliseconds = std::chrono::duration<float, std::milli>(
                      reinterpret_cast<Event*>(to)->time -
                      reinterpret_cast<Event*>(from)->time)
                      .count();
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  Turn turn(mutex);
  WaitForAll();
  delete reinterpret_cast<Event*>(event);
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  Turn turn(mutex);
  Stream* found = Find(stream);
  if (found == nullptr) return Fail(cudaErrorInvalidResourceHandle);
  Record(reinterpret_cast<Event*>(event), found);
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Turn turn(mutex);
  if (reinterpret_cast<Event*>(event)->captured) {
    return Reject(cudaErrorCapturedEvent,
                  "the host waits for an event that was recorded in a capture");
  }
  if (const cudaError_t error = Forbidden("cudaEventSynchronize")) return error;
  ++waited;
  Wait(reinterpret_cast<Event*>(event));
  return sticky;
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = sticky != cudaSuccess ? sticky : last;
  last = cudaSuccess;
  return error;
}
const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle:
      return "invalid resource handle";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorLaunchFailure:
      return "unspecified launch failure";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureIsolation:
      return "dependency created on uncaptured work in another stream";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    default:
      return "unknown error";
  }
}

}  // extern "C"
