#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

// What a PTX text says, as it stands there: names are not looked up yet.
namespace emulator::ptx {

// A text that is no PTX, or more of PTX than there is here. Says the line.
struct Unreadable : std::runtime_error {
  Unreadable(int line, const std::string& what)
      : std::runtime_error("PTX line " + std::to_string(line) + ": " + what) {}
};

// .u32 is {'u', 32}; 's' signed, 'f' float, 'b' bits, 'p' a predicate.
struct Type {
  char kind = 0;
  int bits = 0;
  size_t bytes() const { return static_cast<size_t>(bits) / 8; }
};
// False if the word, "u32", names no type.
bool ReadType(const std::string& word, Type* type);

struct Operand {
  enum class Kind { kName, kNumber, kAddress, kList } kind = Kind::kNumber;
  std::string name;           // also an address's base, if it has one
  std::string second;         // q of p|q
  bool negated = false;       // !p
  uint64_t number = 0;        // the value, or what is added to the name
  std::vector<Operand> list;  // of {a, b} or (a, b)
};

struct Statement {
  int line = 0;
  std::string guard;  // @p, or empty
  bool guard_negated = false;
  std::vector<std::string> opcode;  // add.s32 is {"add", "s32"}
  std::vector<Operand> operands;

  std::string Name() const;
};

struct Variable {
  std::string name, space;  // "shared"
  size_t alignment = 1;
  Type type;
  size_t bytes = 0;
  bool external = false;      // the dynamic shared memory
  std::vector<uint8_t> init;  // empty, or all its bytes
};

struct Function {
  std::string name;
  bool entry = false;
  bool has_body = false;
  std::vector<Variable> results, parameters;
  std::vector<Variable> variables;       // local, shared and param
  std::map<std::string, int> registers;  // of %r<8>: "%r" and 8
  std::vector<Statement> statements;
  std::map<std::string, size_t> labels;  // of the next statement
  std::map<std::string, std::vector<std::string>> branch_targets;

  bool HasRegister(const std::string& name) const;
};

struct Text {
  std::vector<Variable> variables;
  std::map<std::string, Function> functions;
};

// Throws Unreadable.
Text ReadText(const std::string& ptx);

}  // namespace emulator::ptx
