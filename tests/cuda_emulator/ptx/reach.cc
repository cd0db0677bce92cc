// Where an address leads, and whether an access may go there.

#include "../device_memory.h"
#include "memory.h"

namespace emulator::ptx {
namespace {

[[noreturn]] void Fail(Kind kind, size_t bytes, const std::string& where) {
  const char* does = kind == Kind::kRead ? "reads " : "writes ";
  FailKernel(does + std::to_string(bytes) + " bytes " + where, nullptr);
}

// In memory of the running thread itself: of this call or one around it.
bool IsLocal(const Frame& frame, const char* p, size_t bytes) {
  for (const Frame* f = &frame; f != nullptr; f = f->caller) {
    const char* begin = f->memory.data();
    if (p >= begin && p + bytes <= begin + f->memory.size()) return true;
  }
  return false;
}

bool IsModules(const Frame& frame, const char* p, size_t bytes, Kind kind) {
  const auto* piece = frame.kernel->module->memory.Find(p, bytes);
  if (piece == nullptr) return false;
  if (piece->constant && kind != Kind::kRead) {
    Fail(kind, bytes, "of constant memory");
  }
  return true;
}

}  // namespace

uint64_t SharedBase() { return reinterpret_cast<uint64_t>(dynamic_shared()); }

char* Reach(Frame& frame, const Step& step, int at, size_t bytes, Kind kind) {
  uint64_t address = frame.Get<uint64_t>(at) + step.number;
  // A shared address has 32 bits, and its register may have no more.
  if (step.space == Space::kShared) {
    address = SharedBase() + static_cast<uint32_t>(address);
  }
  if (address % bytes != 0) Fail(kind, bytes, "at an address not aligned so");
  char* p = reinterpret_cast<char*>(address);
  const bool may_be_local =
      step.space == Space::kLocal || step.space == Space::kGeneric;
  if (may_be_local && IsLocal(frame, p, bytes)) return p;
  if (step.space == Space::kLocal) {
    Fail(kind, bytes, "outside the thread's local memory");
  }
  if (step.space != Space::kShared && IsModules(frame, p, bytes, kind)) {
    return p;
  }
  if (step.space == Space::kConst) {
    Fail(kind, bytes, "outside constant memory");
  }
  NoteAccess(p, bytes, kind);
  return p;
}

}  // namespace emulator::ptx
