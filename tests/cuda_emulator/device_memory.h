#pragma once

#include <cstddef>
#include <map>
#include <memory>

namespace emulator {

// The moment of an operation in its stream.
struct Moment {
  int stream = -1;
  long tick = 0;
};

// What cudaMalloc gave. Its pages can be touched only while device work is
// using them; they end at a page that never can.
struct Allocation {
  char* mapping = nullptr;
  size_t mapped = 0;
  char* address = nullptr;
  size_t bytes = 0;
  int device = 0;
  bool open = false;
  // Who used it last, to see whether the next who does has waited.
  Moment write;
  std::map<int, long> reads;  // the last tick by stream

  bool Contains(const void* p, size_t n) const {
    const char* c = static_cast<const char*>(p);
    return c >= address && c + n <= address + bytes;
  }
};

// The addresses of all devices' memory.
bool InArena(const void* address);

// Filled with NaNs. Null for no bytes.
void* AllocateDevice(size_t bytes, int device);
// False, having reported it, unless the address is an allocation's.
bool FreeDevice(void* address);
// The allocation around the address, padding included; or null.
Allocation* FindAllocation(const void* address);
// The live one that begins last before the address; or null.
const Allocation* AllocationBefore(const void* address);
// Whether it is device memory of one allocation, to the last byte.
bool IsDevice(const void* address, size_t bytes);

constexpr size_t kDeviceBytes = size_t{16} << 30;  // of each
size_t live_allocations();
size_t live_bytes(int device);

// Lets device memory be touched from now on, until CloseAll.
void Open(Allocation* allocation);
void CloseAll();

// The byte `offset` of the arena for a address within.
size_t ArenaOffset(const void* address);
constexpr size_t kArenaBytes = size_t{1} << 36;

// Called by the fault handler for addresses of the arena, on the thread that
// ran into it. Returns if the access may be tried again.
void OnArenaFault(void* address, const void* code);

}  // namespace emulator
