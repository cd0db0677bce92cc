#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "program.h"

namespace emulator::ptx {

// Makes programs of a kernel and of what it calls.
class Assembler {
 public:
  explicit Assembler(const Module& module) : module_(module) {}
  std::unique_ptr<Kernel> Assemble(const std::string& name);

  // For the statement that is decoded:
  int SlotOf(const std::string& name, uint64_t plus, int line);
  int SlotOfConstant(uint64_t value);
  const Place* FramePlace(const std::string& name) const;
  size_t Target(const std::string& label, int line) const;
  const std::vector<std::string>* Targets(const std::string& table) const;
  const Program* ProgramOf(const std::string& function, int line);

 private:
  // The function that is being assembled.
  struct Current {
    const Function* function = nullptr;
    Program* program = nullptr;
    std::map<std::string, int> registers;
    std::map<uint64_t, int> constants;
    std::map<std::string, Place> frame;
  };

  int NewSlot(uint64_t value);
  bool SlotOfVariable(const std::string& name, uint64_t plus, int* slot);
  int SharedSlot(const Variable& variable, uint64_t plus);
  void LayOutFrame();
  Place Reserve(const Variable& variable);
  void Fill(const Function& function, Program* program);

  const Module& module_;
  std::unique_ptr<Kernel> kernel_;
  Current current_;
  std::map<std::string, size_t> shared_;
  // Slots of the dynamic shared memory, which begins after all else.
  std::vector<std::pair<Program*, int>> dynamic_;
};

}  // namespace emulator::ptx
