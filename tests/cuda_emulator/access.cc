// Every access of a kernel to memory. GCC's -fsanitize=thread puts a call
// before each; the functions it calls are ours, not its library's. They find
// accesses outside allocations to the byte, host memory, and races: two threads
// at one word, one of them writing, with no barrier in between.

#include <link.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <new>
#include <sstream>
#include <vector>

#include "block.h"
#include "cuda_language.h"
#include "device_memory.h"
#include "report.h"
#include "settings.h"
#include "stream.h"

namespace emulator {
namespace {

// The last accesses to four bytes of memory. Epochs of earlier kernels mean
// nothing, so nobody has to clear them.
struct Cell {
  uint32_t write = 0, read = 0;  // epochs
  uint16_t writer = 0, reader = 0;
  uint8_t write_step = 0, read_step = 0;  // the warp's epoch
  bool atomic_write : 1;
  bool many_lanes : 1;   // readers in one warp's epoch
  bool many_warps : 1;   // readers in the epoch
  bool many_blocks : 1;  // readers in the kernel
};
static_assert(sizeof(Cell) == 16);

// Zeros until touched, and then four times the memory watched.
Cell* Cells(size_t bytes) {
  void* cells = mmap(nullptr, bytes / 4 * sizeof(Cell), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (cells == MAP_FAILED) throw std::bad_alloc();
  return static_cast<Cell*>(cells);
}

int WarpOf(int thread) { return thread / 32; }

// Whether an access of this epoch by that thread is unordered with the running
// thread's. What was before `since` does not matter: the running kernel's first
// epoch, or the running block's for its shared memory.
bool Unordered(uint32_t since, uint32_t epoch, int thread, uint8_t step) {
  if (epoch < since) return false;
  if (epoch < progress.block_epoch) return true;  // by another block
  if (epoch < progress.epoch || thread == progress.thread) return false;
  const int warp = WarpOf(thread);
  return warp != WarpOf(progress.thread) || step == progress.warp_epoch[warp];
}

bool UnorderedRead(uint32_t since, const Cell& cell) {
  if (cell.read < since) return false;
  if (cell.many_blocks || cell.read < progress.block_epoch) return true;
  if (cell.read < progress.epoch) return false;
  if (cell.many_warps) return true;
  const int warp = WarpOf(cell.reader);
  if (warp == WarpOf(progress.thread) && cell.many_lanes) {
    return cell.read_step == progress.warp_epoch[warp];
  }
  return Unordered(since, cell.read, cell.reader, cell.read_step);
}

std::string Thread(int index) {
  const unsigned x = index % blockDim.x, y = index / blockDim.x % blockDim.y;
  std::ostringstream text;
  text << "thread (" << x << "," << y << "," << index / blockDim.x / blockDim.y
       << ")";
  return text.str();
}

[[noreturn]] void FailRace(const char* does, uint32_t epoch, int thread,
                           const char* did, const void* code) {
  std::ostringstream text;
  text << "race: " << does << " what " << Thread(thread);
  if (epoch < progress.block_epoch) {
    text << " of another block has " << did << " in this kernel";
  } else {
    text << " has " << did << ", with no barrier in between";
  }
  FailKernel(text.str(), code);
}

void NoteRead(uint32_t since, Cell* cell) {
  const int warp = WarpOf(progress.thread);
  const uint8_t step = progress.warp_epoch[warp];
  if (cell->read < since) {
    cell->many_blocks = false;
  } else if (cell->read < progress.block_epoch) {
    cell->many_blocks = true;
  }
  if (cell->read != progress.epoch) {
    cell->many_warps = cell->many_lanes = false;
  } else if (WarpOf(cell->reader) != warp) {
    cell->many_warps = true;
  } else if (cell->reader != progress.thread) {
    cell->many_lanes = cell->read_step == step;
  }
  cell->read = progress.epoch;
  cell->reader = progress.thread;
  cell->read_step = step;
}

void CheckRace(uint32_t since, Cell* cell, Kind kind, const void* code) {
  const char* does = kind == Kind::kRead ? "reads" : "writes";
  const bool both_atomic = kind == Kind::kAtomic && cell->atomic_write;
  if (!both_atomic &&
      Unordered(since, cell->write, cell->writer, cell->write_step)) {
    FailRace(does, cell->write, cell->writer, "written", code);
  }
  if (kind == Kind::kRead) {
    NoteRead(since, cell);
    return;
  }
  if (UnorderedRead(since, *cell)) {
    FailRace(does, cell->read, cell->reader, "read", code);
  }
  cell->write = progress.epoch;
  cell->writer = progress.thread;
  cell->write_step = progress.warp_epoch[WarpOf(progress.thread)];
  cell->atomic_write = kind == Kind::kAtomic;
}

void CheckRaces(uint32_t since, Cell* cells, size_t offset, size_t bytes,
                Kind kind, const void* code) {
  // Smaller ones share a word, which they may.
  if (bytes < 4) return;
  for (size_t at = offset / 4; at < (offset + bytes) / 4; ++at) {
    CheckRace(since, &cells[at], kind, code);
  }
}

// What the running operation has used already: by page, because finding an
// allocation takes longer.
struct Used {
  const void* page = nullptr;
  Allocation* allocation = nullptr;
  bool written = false;
  long tick = 0;
  int stream = -1;
};

[[noreturn]] void FailOutside(const void* address, size_t bytes, Kind kind,
                              const void* code) {
  std::ostringstream text;
  text << (kind == Kind::kRead ? "reads " : "writes ") << bytes
       << " bytes outside any allocation";
  const Allocation* before = AllocationBefore(address);
  if (before != nullptr) {
    const char* end = before->address + before->bytes;
    text << ", " << static_cast<const char*>(address) - end
         << " bytes past the end of one of " << before->bytes << " bytes";
  }
  FailKernel(text.str(), code);
}

void UseDevice(const void* address, size_t bytes, Kind kind, const void* code) {
  static Used table[256];
  const auto word = reinterpret_cast<uintptr_t>(address);
  Used& used = table[word >> 12 & 255];
  const void* page = reinterpret_cast<const void*>(word >> 12);
  const Moment& now = current_operation()->moment;
  if (used.page != page || used.tick != now.tick || used.stream != now.stream) {
    used = {page, FindAllocation(address), false, now.tick, now.stream};
    if (used.allocation == nullptr) {
      used = {};
      FailOutside(address, bytes, kind, code);
    }
    if (used.allocation->device != progress.device) {
      FailKernel("uses memory of device " +
                     std::to_string(used.allocation->device) + " on device " +
                     std::to_string(progress.device),
                 code);
    }
    Touch(used.allocation, false);
  }
  if (!used.allocation->Contains(address, bytes)) {
    FailOutside(address, bytes, kind, code);
  }
  if (kind != Kind::kRead && !used.written) {
    Touch(used.allocation, true);
    used.written = true;
  }
  static Cell* cells = Cells(kArenaBytes);
  CheckRaces(progress.kernel_epoch, cells, ArenaOffset(address), bytes, kind,
             code);
}

bool UseShared(const void* address, size_t bytes, Kind kind, const void* code) {
  const char* p = static_cast<const char*>(address);
  static Cell* dynamic = Cells(kSharedBytes);
  if (p >= dynamic_shared() && p < dynamic_shared() + kSharedBytes) {
    const size_t offset = p - dynamic_shared();
    if (offset + bytes > progress.dynamic_bytes) {
      FailKernel("uses byte " + std::to_string(offset) + " of " +
                     std::to_string(progress.dynamic_bytes) +
                     " bytes of shared memory",
                 code);
    }
    CheckRaces(progress.block_epoch, dynamic, offset, bytes, kind, code);
    return true;
  }
  static std::vector<Cell*> cells;
  const auto& ranges = shared_ranges();
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (p < ranges[i].begin || p >= ranges[i].end) continue;
    if (cells.size() <= i) cells.resize(ranges.size());
    if (cells[i] == nullptr) {
      cells[i] = Cells(ranges[i].end - ranges[i].begin + 4);
    }
    CheckRaces(progress.block_epoch, cells[i], p - ranges[i].begin, bytes, kind,
               code);
    return true;
  }
  return false;
}

// Constants of the program, which a kernel may read as nvcc would have put them
// into its code.
bool IsConstant(const void* address) {
  struct Search {
    uintptr_t address;
    bool found;
  } search = {reinterpret_cast<uintptr_t>(address), false};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* s = static_cast<Search*>(data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& header = info->dlpi_phdr[i];
          const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
          s->found |= (header.p_type == PT_LOAD && !(header.p_flags & PF_W)) &&
                      s->address >= begin &&
                      s->address < begin + header.p_memsz;
        }
        return s->found ? 1 : 0;
      },
      &search);
  return search.found;
}

void Use(const void* address, size_t bytes, Kind kind, const void* code) {
  if (OnThreadStack(address)) return;
  if (InArena(address)) {
    UseDevice(address, bytes, kind, code);
    return;
  }
  const char* p = static_cast<const char*>(address);
  const char* arguments = static_cast<const char*>(progress.call->arguments);
  if (p >= arguments && p < arguments + progress.call->arguments_bytes) return;
  if (UseShared(address, bytes, kind, code)) return;
  if (kind == Kind::kRead && IsConstant(address)) return;
  FailKernel(kind == Kind::kRead ? "reads host memory" : "writes host memory",
             code);
}

// One thread runs kernels at a time; others may run instrumented host code.
thread_local bool __attribute__((tls_model("initial-exec"))) watching = false;

}  // namespace

void WatchThisThread(bool on) { watching = on && settings().races; }

bool Watched() { return watching && progress.running; }

void NoteAccess(const void* address, size_t bytes, Kind kind) {
  if (Watched()) Use(address, bytes, kind, nullptr);
}

void NoteAtomic(void* address, size_t bytes) {
  if (Watched()) {
    Use(address, bytes, Kind::kAtomic, __builtin_return_address(0));
  }
}

// Device memory that no instrumented access announced: all of it if races are
// not watched, otherwise what library functions touch.
void OnArenaFault(void* address, const void* code) {
  Allocation* allocation = FindAllocation(address);
  if (!progress.running || current_operation() == nullptr) {
    Report(std::string("host code touches device memory") +
           (allocation ? "" : " that is not allocated") + ": " +
           SourceOf(code));
    std::_Exit(1);
  }
  if (allocation == nullptr) FailOutside(address, 1, Kind::kRead, code);
  if (allocation->device != progress.device) {
    FailKernel("uses another device's memory", code);
  }
  Touch(allocation, true);
}

}  // namespace emulator

// What the compiler calls.
namespace {
using emulator::Kind;
template <size_t kBytes>
inline void Announced(void* p, Kind kind, const void* code) {
  if (emulator::Watched()) emulator::Use(p, kBytes, kind, code);
}
}  // namespace

extern "C" {
void __tsan_init() {}
void __tsan_read1(void* p) {
  Announced<1>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_read2(void* p) {
  Announced<2>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_read4(void* p) {
  Announced<4>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_read8(void* p) {
  Announced<8>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_read16(void* p) {
  Announced<16>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_write1(void* p) {
  Announced<1>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_write2(void* p) {
  Announced<2>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_write4(void* p) {
  Announced<4>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_write8(void* p) {
  Announced<8>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_write16(void* p) {
  Announced<16>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_unaligned_read2(void* p) {
  Announced<2>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_unaligned_read4(void* p) {
  Announced<4>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_unaligned_read8(void* p) {
  Announced<8>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_unaligned_read16(void* p) {
  Announced<16>(p, Kind::kRead, __builtin_return_address(0));
}
void __tsan_unaligned_write2(void* p) {
  Announced<2>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_unaligned_write4(void* p) {
  Announced<4>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_unaligned_write8(void* p) {
  Announced<8>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_unaligned_write16(void* p) {
  Announced<16>(p, Kind::kWrite, __builtin_return_address(0));
}
void __tsan_read_range(void* p, size_t bytes) {
  if (emulator::Watched()) {
    emulator::Use(p, bytes, Kind::kRead, __builtin_return_address(0));
  }
}
void __tsan_write_range(void* p, size_t bytes) {
  if (emulator::Watched()) {
    emulator::Use(p, bytes, Kind::kWrite, __builtin_return_address(0));
  }
}
void __tsan_vptr_update(void**, void*) {}
void __tsan_vptr_read(void**) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
}  // extern "C"
