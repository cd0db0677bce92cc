#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace emulator {

// A kernel with its arguments, as cuda_language.h packs them.
struct Call {
  const void* kernel = nullptr;
  void (*invoke)(void* arguments) = nullptr;
  void (*destroy)(void* arguments) = nullptr;
  void* arguments = nullptr;
  size_t arguments_bytes = 0;
  std::vector<const void*> pointers;  // among the arguments
};

// Runs all threads of all blocks, one at a time. False, having reported why, if
// the kernel made an error.
bool RunGrid(const cudaLaunchConfig_t& config, const Call& call, int device);

// For a thread of the running kernel that did something wrong at `code` (null
// where `what` says itself): abandons the kernel.
[[noreturn]] void FailKernel(const std::string& what, const void* code);

constexpr size_t kSharedBytes = size_t{48} << 10;

// Where the threads of the running kernel are in time. An epoch is what lies
// between two barriers of one block; a warp's operations divide it further.
struct Progress {
  bool running = false;
  uint32_t epoch = 0;
  uint32_t block_epoch = 0;   // the running block's first
  uint32_t kernel_epoch = 0;  // the running kernel's first
  uint8_t warp_epoch[32] = {};
  uint16_t thread = 0;
  int device = 0;
  size_t dynamic_bytes = 0;
  const Call* call = nullptr;
  // Of a kernel that is no machine code: where the running thread is in it.
  std::string (*place)() = nullptr;
};
extern Progress progress;

// Whether the calling thread is the one that runs the kernel.
void WatchThisThread(bool on);

// An access by the running thread that no compiler announces.
enum class Kind { kRead, kWrite, kAtomic };
void NoteAccess(const void* address, size_t bytes, Kind kind);

// On the stack of the running thread.
bool OnThreadStack(const void* address);
char* dynamic_shared();

// A module's variables in shared memory.
struct SharedRange {
  char* begin;
  char* end;
};
const std::vector<SharedRange>& shared_ranges();

}  // namespace emulator
