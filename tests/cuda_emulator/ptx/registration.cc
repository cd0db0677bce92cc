// What objects made by nvcc call when a program starts, and when it launches a
// kernel. Their PTX is in a container, the fat binary.

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>

#include "launch.h"

namespace emulator::ptx {
namespace {

// As NVIDIA's fatbinary_section.h has it.
struct Wrapper {
  int magic, version;
  const char* data;
  void* file;
};
struct Header {
  uint32_t magic;
  uint16_t version, bytes;
  uint64_t content_bytes;
};
struct Entry {
  uint16_t kind, version;
  uint32_t header_bytes;
  uint64_t content_bytes;
};
constexpr uint32_t kMagic = 0xba55ed50;
constexpr uint16_t kPtx = 1;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "CUDA emulator: %s\n", what.c_str());
  std::exit(1);
}

std::string PtxOf(const char* data) {
  Header header;
  std::memcpy(&header, data, sizeof header);
  if (header.magic != kMagic) Fail("an object's fat binary is none");
  const char* at = data + header.bytes;
  const char* end = at + header.content_bytes;
  while (at < end) {
    Entry entry;
    std::memcpy(&entry, at, sizeof entry);
    const std::string content(at + entry.header_bytes, entry.content_bytes);
    if (entry.kind == kPtx) return content.c_str();  // padded with zeros
    at += entry.header_bytes + entry.content_bytes;
  }
  Fail("an object has no PTX");
}

// An object that nvcc made.
struct Object {
  const char* fat_binary = nullptr;
  std::unique_ptr<Module> module;
};

struct Registered {
  Object* object = nullptr;
  std::string name;
};

std::map<const void*, Registered>& Functions() {
  static auto* functions = new std::map<const void*, Registered>;
  return *functions;
}

const Module& ModuleOf(Object* object) {
  if (object->module) return *object->module;
  const std::string ptx = PtxOf(object->fat_binary);
  if (ptx.find(".version") == std::string::npos) {
    Fail("PTX is compressed; nvcc's --no-compress leaves it as it is");
  }
  try {
    object->module = std::make_unique<Module>(ptx);
  } catch (const Unreadable& error) {
    Fail(error.what());
  }
  return *object->module;
}

cudaError_t LaunchRegistered(const cudaLaunchConfig_t& config,
                             const void* function, void** arguments) {
  const auto found = Functions().find(function);
  if (found == Functions().end()) return cudaErrorInvalidDeviceFunction;
  return Launch(config, ModuleOf(found->second.object), found->second.name,
                function, arguments);
}

}  // namespace
}  // namespace emulator::ptx

using namespace emulator::ptx;

extern "C" {

void** __cudaRegisterFatBinary(void* wrapper) {
  auto* object = new Object{static_cast<Wrapper*>(wrapper)->data, nullptr};
  return reinterpret_cast<void**>(object);
}
void __cudaRegisterFatBinaryEnd(void**) {}
void __cudaUnregisterFatBinary(void**) {}
void __cudaRegisterFunction(void** object, const char* function, char*,
                            const char* name, int, uint3*, uint3*, dim3*, dim3*,
                            int*) {
  Announce(name);
  Functions()[function] = {reinterpret_cast<Object*>(object), name};
}

// A kernel's own function, when it is called as such.
cudaError_t __cudaGetKernel(cudaKernel_t* kernel, const void* function) {
  *kernel = reinterpret_cast<cudaKernel_t>(const_cast<void*>(function));
  return cudaSuccess;
}
cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void**, size_t,
                               cudaStream_t) {
  Fail("a launch by <<<>>>, which is not emulated");
}
cudaError_t __cudaPopCallConfiguration(dim3*, dim3*, size_t*, void*) {
  Fail("a launch by <<<>>>, which is not emulated");
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config,
                                const void* function, void** arguments) {
  return LaunchRegistered(*config, function, arguments);
}

}  // extern "C"
