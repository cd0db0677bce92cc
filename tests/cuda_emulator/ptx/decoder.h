#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "program.h"

namespace emulator::ptx {

class Assembler;

// One statement on its way to a step. What nobody has taken of its opcode in
// the end is unknown, and an error.
class Decoder {
 public:
  Decoder(Assembler* assembler, const Statement& statement);

  const std::string& name() const { return statement_.opcode[0]; }
  const std::vector<Operand>& operands() const { return statement_.operands; }

  bool Take(const char* modifier);
  // The first of them that is there, or -1.
  int TakeOneOf(std::initializer_list<const char*> modifiers);
  // The first type that is left; of kind 0 if there is none.
  Type NextType() const;
  Type TakeType();
  Space TakeSpace();
  // Rounding, ftz and sat of a result of that type. They surround the handler.
  void TakeFloatModes(Type result);

  // The step's operands are these, each a register or a constant.
  void PlaceOperands(size_t count);
  int Slot(const Operand& operand);
  // Of a list's elements, or of a single one.
  std::vector<int> Slots(const Operand& operand);
  size_t Target(const std::string& label);
  std::vector<size_t> Targets(const std::string& table);
  const Program* Callee(const std::string& name);
  // Where in the frame's memory a variable is.
  Place FramePlace(const Operand& operand);

  void ExpectOperands(size_t least, size_t most);
  [[noreturn]] void Fail(const std::string& what) const;
  [[noreturn]] void FailUnknown() const;
  Step Finish(Handler handler);

  Step step;

 private:
  Assembler* assembler_;
  const Statement& statement_;
  std::vector<std::string> left_;  // of the opcode
  int saturate_ = 0;               // bits of the float to saturate
};

// Each knows some instructions; null for the others.
Handler DecodeInteger(Decoder* decoder);
Handler DecodeFloat(Decoder* decoder);
Handler DecodeBits(Decoder* decoder);
Handler DecodeCompare(Decoder* decoder);
Handler DecodeConvert(Decoder* decoder);
Handler DecodeMemory(Decoder* decoder);
Handler DecodeControl(Decoder* decoder);
Handler DecodeTogether(Decoder* decoder);

}  // namespace emulator::ptx
