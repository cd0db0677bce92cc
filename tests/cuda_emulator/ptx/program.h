#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "text.h"

// A kernel made ready to run: each statement is a step, which knows the slots
// of its operands and the C++ function that carries it out.
namespace emulator::ptx {

struct Frame;
struct Step;
struct Program;
using Handler = void (*)(Frame&, const Step&);

enum class Space { kGeneric, kGlobal, kConst, kShared, kLocal };

struct Step {
  Handler run = nullptr;
  Handler inner = nullptr;  // what `run` surrounds with a mode
  int guard = -1;           // the slot of @p
  bool unless = false;      // @!p
  // Slots of the operands in their order: registers, and as constants never
  // change, those too.
  std::array<int, 8> at{};
  int64_t number = 0;  // what else the handler needs
  int count = 1;       // of a vector
  Space space = Space::kGeneric;
  uint32_t mode = 0;  // of the processor's control register
  const Program* callee = nullptr;
  std::vector<int> arguments;   // of a call: where in the frame
  std::vector<size_t> targets;  // of a branch
  const Statement* source = nullptr;
};

struct Place {
  size_t offset = 0, bytes = 0;  // in a frame's memory
};

struct Program {
  std::string name;
  std::vector<Step> steps;
  std::vector<uint64_t> slots;  // what they hold at the beginning
  // Slots that hold addresses of the frame's memory, and offsets there.
  std::vector<std::pair<int, size_t>> frame_addresses;
  std::vector<std::pair<int, int>> special;  // slots and SpecialRegister
  std::vector<Place> parameters, results;
  size_t frame_bytes = 0;
  bool has_body = true;
};

enum class SpecialRegister {
  kThread,  // three each
  kBlock = 3,
  kBlockExtent = 6,
  kGridExtent = 9,
  kLane = 12,
  kWarp = 13,
};

// Variables of a module in device memory, .global and .const.
struct ModuleMemory {
  struct Piece {
    std::vector<uint8_t> bytes;
    bool constant = false;
  };
  std::map<std::string, Piece> pieces;
  // Null unless the access is within one.
  const Piece* Find(const char* address, size_t bytes) const;
};

struct Module {
  explicit Module(const std::string& ptx);
  Text text;
  ModuleMemory memory;
};

// With the functions that it calls.
struct Kernel {
  const Module* module = nullptr;
  std::map<std::string, std::unique_ptr<Program>> programs;
  const Program* entry = nullptr;
  size_t shared_bytes = 0;  // before the dynamic part, and aligned for it
};

// Throws Unreadable, for an unknown instruction too.
std::unique_ptr<Kernel> Assemble(const Module& module, const std::string& name);

// One call of a function by one thread.
struct Frame {
  const Program* program = nullptr;
  const Kernel* kernel = nullptr;
  Frame* caller = nullptr;
  std::vector<uint64_t> slots;
  std::vector<char> memory;
  const Step* next = nullptr;

  template <typename T>
  T Get(int slot) const {
    T value;
    std::memcpy(&value, &slots[slot], sizeof value);
    return value;
  }
  template <typename T>
  void Set(int slot, T value) {
    uint64_t word = 0;
    std::memcpy(&word, &value, sizeof value);
    slots[slot] = word;
  }
};

// What the running thread does, for reports.
extern const Step* running_step;

// A frame that is ready to run, until it is given back.
Frame* TakeFrame(const Kernel& kernel, const Program& program, Frame* caller);
void GiveBack(Frame* frame);
void Run(Frame* frame);

}  // namespace emulator::ptx
