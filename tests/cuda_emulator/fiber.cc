#include "fiber.h"

#include <pthread.h>
#include <sys/mman.h>

#include <cstdint>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

// void emulator_switch(void** save, void* to)
extern "C" void emulator_switch(void** save, void* to);
asm(R"(.text
.globl emulator_switch
.hidden emulator_switch
.type emulator_switch, @function
emulator_switch:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
)");

namespace emulator {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kStack = size_t{64} << 10;
constexpr int kSavedRegisters = 6;

}  // namespace

Fiber::Fiber(void (*entry)()) {
  void* mapped = mmap(nullptr, kPage + kStack, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  memory_ = static_cast<char*>(mapped);
  mprotect(memory_, kPage, PROT_NONE);
  bottom_ = memory_ + kPage;
  size_ = kStack;
  // Else every stack's top would fall into the same sets of the cache.
  static size_t made = 0;
  const size_t stagger = made++ % 61 * 64;
  // The return into entry leaves the stack as a call would have.
  void** top = reinterpret_cast<void**>(memory_ + kPage + kStack - stagger) - 2;
  *top = reinterpret_cast<void*>(entry);
  stack_pointer_ = top - kSavedRegisters;
}

Fiber::~Fiber() {
  if (memory_ != nullptr) munmap(memory_, kPage + kStack);
}

void Fiber::SwitchTo(Fiber* to) {
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, to->bottom_, to->size_);
#endif
  emulator_switch(&stack_pointer_, to->stack_pointer_);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

void Fiber::Entered() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

void Fiber::TakeThreadStack() {
  // Asking takes long, and the answer stays the same.
  static thread_local void* stack = nullptr;
  static thread_local size_t size = 0;
  if (stack == nullptr) {
    pthread_attr_t attributes;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &stack, &size);
    pthread_attr_destroy(&attributes);
  }
  bottom_ = static_cast<const char*>(stack);
  size_ = size;
}

}  // namespace emulator
