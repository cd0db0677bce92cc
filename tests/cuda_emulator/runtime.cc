// Devices, launches and errors of the CUDA runtime, with the toolkit's own
// prototypes.

#include "cuda_language.h"
#undef cudaLaunchKernelEx

#include <sys/mman.h>

#include <cstdio>
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
thread_local int this_device = 0;
cudaError_t sticky = cudaSuccess;
long waited = 0;

namespace {

cudaError_t last = cudaSuccess;
long launched = 0;

bool Mapped(const void* p) {
  const auto page = reinterpret_cast<uintptr_t>(p) & ~uintptr_t{4095};
#ifdef __SANITIZE_ADDRESS__
  // Below that lies the sanitizer's shadow of all memory, where numbers would
  // look like pointers.
  constexpr uintptr_t kShadowEnd = (uintptr_t{1} << 47 >> 3) + 0x7fff8000;
  if (page < kShadowEnd) return false;
#endif
  return msync(reinterpret_cast<void*>(page), 1, MS_ASYNC) == 0;
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

cudaError_t Forbidden(const char* call) {
  if (capturing() == nullptr) return cudaSuccess;
  capturing()->capture->invalid = true;
  return Reject(cudaErrorStreamCaptureUnsupported,
                std::string(call) + " while a stream is captured");
}

cudaError_t Captured(const Stream* stream) {
  return stream->capture && stream->capture->invalid
             ? Fail(cudaErrorStreamCaptureInvalidated)
             : cudaSuccess;
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
    for (const void* p : reads) Touch(p, false);
    for (void* p : writes) Touch(p, true);
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
