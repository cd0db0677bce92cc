#pragma once

#include <cstddef>
#include <memory>

namespace emulator {

// A stack of its own that a thread of a block runs on. Switching costs a few
// nanoseconds: callee-saved registers and the stack pointer, no system call.
class Fiber {
 public:
  // Stands for the stack of the thread that runs the kernel.
  Fiber() = default;
  // Runs entry, which never returns, once it is switched to.
  explicit Fiber(void (*entry)());
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Leaves this fiber, which is running, for that one.
  void SwitchTo(Fiber* to);
  // The first thing in entry.
  static void Entered();
  // For the fiber that stands for the thread itself.
  void TakeThreadStack();

  bool Holds(const void* address) const {
    return address >= bottom_ && address < bottom_ + size_;
  }

 private:
  void* stack_pointer_ = nullptr;
  char* memory_ = nullptr;  // with a guard page below the stack
  const char* bottom_ = nullptr;
  size_t size_ = 0;
};

}  // namespace emulator
