#include "device_memory.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <sstream>
#include <vector>

#include "report.h"

namespace emulator {
namespace {

constexpr size_t kPage = 4096;
// As the device's: what vectors of four floats need.
constexpr size_t kAlignment = 16;
// So many freed ranges of a size wait before the oldest is used again: a stale
// pointer faults for long.
constexpr size_t kQuarantine = 8;

size_t RoundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

class Arena {
 public:
  Arena() {
    void* mapped = mmap(nullptr, kArenaBytes, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) throw std::bad_alloc();
    base_ = static_cast<char*>(mapped);
    struct sigaction action = {};
    action.sa_sigaction = OnSignal;
    // A fault may end by leaving the kernel, and not return.
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
  }

  bool Contains(const void* p) const {
    return p >= base_ && p < base_ + kArenaBytes;
  }
  size_t Offset(const void* p) const {
    return static_cast<const char*>(p) - base_;
  }

  char* Map(size_t bytes) {
    std::vector<char*>& freed = freed_[bytes];
    if (freed.size() > kQuarantine) {
      char* oldest = freed.front();
      freed.erase(freed.begin());
      return oldest;
    }
    char* fresh = base_ + top_;
    top_ += bytes + kPage;  // a guard page after each
    if (top_ > kArenaBytes) throw std::bad_alloc();
    return fresh;
  }

  void Unmap(char* mapping, size_t bytes) {
    mprotect(mapping, bytes, PROT_NONE);
    madvise(mapping, bytes, MADV_DONTNEED);
    freed_[bytes].push_back(mapping);
  }

  std::map<char*, Allocation> live;  // by mapping
  std::vector<Allocation*> opened;

 private:
  static void OnSignal(int signal_number, siginfo_t* info, void* context);

  char* base_ = nullptr;
  size_t top_ = 0;
  std::map<size_t, std::vector<char*>> freed_;  // by size
};

// Never destroyed: tensors of static duration may outlive it otherwise.
Arena& arena() {
  static Arena* arena = new Arena;
  return *arena;
}

void Arena::OnSignal(int signal_number, siginfo_t* info, void* context) {
  const auto* machine = static_cast<ucontext_t*>(context);
  const auto code = static_cast<uintptr_t>(machine->uc_mcontext.gregs[REG_RIP]);
  if (arena().Contains(info->si_addr)) {
    OnArenaFault(info->si_addr, reinterpret_cast<const void*>(code));
    return;
  }
  signal(signal_number, SIG_DFL);  // an ordinary crash
}

}  // namespace

bool InArena(const void* address) { return arena().Contains(address); }
size_t ArenaOffset(const void* address) { return arena().Offset(address); }

void* AllocateDevice(size_t bytes, int device) {
  if (bytes == 0) return nullptr;
  Allocation a;
  const size_t aligned = RoundUp(bytes, kAlignment);
  a.mapped = RoundUp(aligned, kPage);
  a.mapping = arena().Map(a.mapped);
  a.address = a.mapping + a.mapped - aligned;  // ends at the guard page
  a.bytes = bytes;
  a.device = device;
  mprotect(a.mapping, a.mapped, PROT_READ | PROT_WRITE);
  std::memset(a.mapping, 0xff, a.mapped);  // NaN in every type of float
  mprotect(a.mapping, a.mapped, PROT_NONE);
  arena().live[a.mapping] = a;
  return a.address;
}

bool FreeDevice(void* address) {
  Allocation* a = FindAllocation(address);
  if (a == nullptr || a->address != address) {
    std::ostringstream text;
    text << "cudaFree of " << address << ", which "
         << (InArena(address) ? "is no allocation's beginning, or freed already"
                              : "is not device memory");
    Report(text.str());
    return false;
  }
  CloseAll();
  arena().Unmap(a->mapping, a->mapped);
  arena().live.erase(a->mapping);
  return true;
}

const Allocation* AllocationBefore(const void* address) {
  auto& live = arena().live;
  auto found =
      live.upper_bound(const_cast<char*>(static_cast<const char*>(address)));
  return found == live.begin() ? nullptr : &(--found)->second;
}

Allocation* FindAllocation(const void* address) {
  auto* a = const_cast<Allocation*>(AllocationBefore(address));
  if (a == nullptr || address >= a->mapping + a->mapped) return nullptr;
  return a;
}

bool IsDevice(const void* address, size_t bytes) {
  if (!InArena(address)) return false;
  const Allocation* a = FindAllocation(address);
  return a != nullptr && a->Contains(address, bytes);
}

size_t live_allocations() { return arena().live.size(); }

size_t live_bytes(int device) {
  size_t bytes = 0;
  for (const auto& entry : arena().live) {
    if (entry.second.device == device) bytes += entry.second.bytes;
  }
  return bytes;
}

void Open(Allocation* a) {
  if (a->open) return;
  mprotect(a->mapping, a->mapped, PROT_READ | PROT_WRITE);
  a->open = true;
  arena().opened.push_back(a);
}

void CloseAll() {
  for (Allocation* a : arena().opened) {
    mprotect(a->mapping, a->mapped, PROT_NONE);
    a->open = false;
  }
  arena().opened.clear();
}

}  // namespace emulator
