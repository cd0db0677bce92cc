// What nvcc adds to C++, for a C++ compiler: included before all else in each
// .cu file of an emulated build. Types and prototypes are NVIDIA's own.
#pragma once

#include <cuda_runtime.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

// One block runs at a time, so its shared variables can be static ones; in a
// section of their own each block finds garbage there, as on a device. GCC
// keeps the section in functions that are no templates.
#undef __shared__
#define __shared__ static __attribute__((section("emulator_shared")))
#undef __launch_bounds__
#define __launch_bounds__(...)

// const: one thread always sees the same.
extern const uint3 threadIdx, blockIdx, blockDim, gridDim;
constexpr int warpSize = 32;

extern "C" char __start_emulator_shared[]
    __attribute__((weak, visibility("hidden")));
extern "C" char __stop_emulator_shared[]
    __attribute__((weak, visibility("hidden")));

namespace emulator {

void RegisterShared(char* begin, char* end);
namespace {
struct SharedOfThisModule {
  SharedOfThisModule() {
    RegisterShared(__start_emulator_shared, __stop_emulator_shared);
  }
} const shared_of_this_module;
}  // namespace

struct Site {
  const char* file;
  int line;
};
enum class Vote { kNone, kAnd, kOr, kCount };
int Barrier(Vote vote, bool predicate, Site site);
// Each lane of the mask gives a value and gets that of lane `source`.
uint64_t Exchange(unsigned mask, uint64_t value, int source, const char* what,
                  Site site);
uint32_t Ballot(unsigned mask, bool predicate, const char* what, Site site);
unsigned Lane();
void* DynamicShared();
void NoteAtomic(void* address, size_t bytes);

cudaError_t Launch(const cudaLaunchConfig_t& config, const void* kernel,
                   void (*invoke)(void*), void (*destroy)(void*),
                   void* arguments, size_t arguments_bytes,
                   const void* const* pointers, int count);

// A pointer as it is; of a struct or closure every word that may be one.
template <typename T>
constexpr int WordsOf() {
  return std::is_pointer_v<T> ? 1 : static_cast<int>(sizeof(T) / 8);
}
template <typename T>
void CollectPointers(const T& argument, const void** pointers, int* count) {
  if constexpr (std::is_pointer_v<T>) {
    pointers[(*count)++] = argument;
  } else if constexpr (std::is_class_v<T> && alignof(T) >= 8) {
    T copy(argument);
    __builtin_clear_padding(&copy);  // garbage may look like a pointer
    for (size_t at = 0; at + 8 <= sizeof(T); at += 8) {
      uintptr_t word = 0;
      std::memcpy(&word, reinterpret_cast<const char*>(&copy) + at, 8);
      if (word < 0x10000 || word >> 47) continue;
      pointers[(*count)++] = reinterpret_cast<const void*>(word);
    }
  }
}

template <typename... P, typename... A>
cudaError_t LaunchKernelEx(const cudaLaunchConfig_t* config,
                           void (*kernel)(P...), A&&... arguments) {
  static_assert((std::is_trivially_copyable_v<P> && ...),
                "what a kernel takes is copied to the device byte by byte");
  struct Packed {
    void (*kernel)(P...);
    std::tuple<std::decay_t<P>...> arguments;
  };
  auto* packed = new Packed{
      kernel, std::tuple<std::decay_t<P>...>(std::forward<A>(arguments)...)};
  const void* pointers[1 + (0 + ... + WordsOf<std::decay_t<P>>())];
  int count = 0;
  std::apply(
      [&](auto&... each) { (CollectPointers(each, pointers, &count), ...); },
      packed->arguments);
  return Launch(
      *config, reinterpret_cast<const void*>(kernel),
      [](void* p) {
        auto* call = static_cast<Packed*>(p);
        std::apply(call->kernel, call->arguments);
      },
      [](void* p) { delete static_cast<Packed*>(p); }, packed, sizeof(Packed),
      pointers, count);
}

template <typename To, typename From>
To Bits(From value) {
  static_assert(sizeof(From) <= 8 && sizeof(To) <= 8);
  uint64_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  To result;
  std::memcpy(&result, &word, sizeof result);
  return result;
}

// The lane that a shuffle of lane `lane` among `width` reads.
inline int Among(int lane, int source, int width) {
  const bool inside = lane / width == source / width && source >= 0;
  return inside ? source : lane;
}

}  // namespace emulator

#define cudaLaunchKernelEx ::emulator::LaunchKernelEx

// The site's default values are those of the call.
inline void __syncthreads(const char* file = __builtin_FILE(),
                          int line = __builtin_LINE()) {
  emulator::Barrier(emulator::Vote::kNone, false, {file, line});
}
inline int __syncthreads_and(int p, const char* file = __builtin_FILE(),
                             int line = __builtin_LINE()) {
  return emulator::Barrier(emulator::Vote::kAnd, p != 0, {file, line});
}
inline int __syncthreads_or(int p, const char* file = __builtin_FILE(),
                            int line = __builtin_LINE()) {
  return emulator::Barrier(emulator::Vote::kOr, p != 0, {file, line});
}
inline int __syncthreads_count(int p, const char* file = __builtin_FILE(),
                               int line = __builtin_LINE()) {
  return emulator::Barrier(emulator::Vote::kCount, p != 0, {file, line});
}
inline void __syncwarp(unsigned mask = 0xffffffffu,
                       const char* file = __builtin_FILE(),
                       int line = __builtin_LINE()) {
  emulator::Ballot(mask, false, "__syncwarp", {file, line});
}
template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32,
              const char* file = __builtin_FILE(),
              int line = __builtin_LINE()) {
  const int lane = static_cast<int>(emulator::Lane());
  const int from = lane / width * width + (source & (width - 1));
  return emulator::Bits<T>(
      emulator::Exchange(mask, emulator::Bits<uint64_t>(value), from,
                         "__shfl_sync", {file, line}));
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32,
                 const char* file = __builtin_FILE(),
                 int line = __builtin_LINE()) {
  const int lane = static_cast<int>(emulator::Lane());
  const int from = emulator::Among(lane, lane - static_cast<int>(delta), width);
  return emulator::Bits<T>(
      emulator::Exchange(mask, emulator::Bits<uint64_t>(value), from,
                         "__shfl_up_sync", {file, line}));
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32,
                   const char* file = __builtin_FILE(),
                   int line = __builtin_LINE()) {
  const int lane = static_cast<int>(emulator::Lane());
  const int from = emulator::Among(lane, lane + static_cast<int>(delta), width);
  return emulator::Bits<T>(
      emulator::Exchange(mask, emulator::Bits<uint64_t>(value), from,
                         "__shfl_down_sync", {file, line}));
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int flip, int width = 32,
                  const char* file = __builtin_FILE(),
                  int line = __builtin_LINE()) {
  const int lane = static_cast<int>(emulator::Lane());
  const int from = emulator::Among(lane, lane ^ flip, width);
  return emulator::Bits<T>(
      emulator::Exchange(mask, emulator::Bits<uint64_t>(value), from,
                         "__shfl_xor_sync", {file, line}));
}
inline unsigned __ballot_sync(unsigned mask, int p,
                              const char* file = __builtin_FILE(),
                              int line = __builtin_LINE()) {
  return emulator::Ballot(mask, p != 0, "__ballot_sync", {file, line});
}
inline int __any_sync(unsigned mask, int p, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) {
  return emulator::Ballot(mask, p != 0, "__any_sync", {file, line}) != 0;
}
inline int __all_sync(unsigned mask, int p, const char* file = __builtin_FILE(),
                      int line = __builtin_LINE()) {
  return emulator::Ballot(mask, p != 0, "__all_sync", {file, line}) == mask;
}
inline void __threadfence() {}
inline void __threadfence_block() {}

// No two threads run at once, so an atomic operation is an ordinary one that
// the watch over races knows of.
template <typename T>
__attribute__((no_sanitize_thread)) T atomicAdd(T* p,
                                                std::common_type_t<T> value) {
  emulator::NoteAtomic(p, sizeof *p);
  const T old = *p;
  *p = old + value;
  return old;
}
template <typename T>
__attribute__((no_sanitize_thread)) T atomicMax(T* p,
                                                std::common_type_t<T> value) {
  emulator::NoteAtomic(p, sizeof *p);
  const T old = *p;
  if (old < value) *p = value;
  return old;
}

template <typename T>
T __ldg(const T* p) {
  return *p;
}
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fdividef(float a, float b) { return a / b; }
inline int __float_as_int(float x) { return emulator::Bits<int>(x); }
inline float __int_as_float(int x) { return emulator::Bits<float>(x); }
