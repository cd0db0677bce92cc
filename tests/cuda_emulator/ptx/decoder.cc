#include "decoder.h"

#include <xmmintrin.h>

#include <algorithm>

#include "assembler.h"

namespace emulator::ptx {
namespace {

constexpr uint32_t kFlushAndDenormalsAreZero = 0x8040;

// Carries the step out with the processor's rounding and its treatment of
// denormals set as the instruction says.
void WithMode(Frame& frame, const Step& step) {
  const uint32_t usual = _mm_getcsr();
  _mm_setcsr(usual | step.mode);
  step.inner(frame, step);
  _mm_setcsr(usual);
}

template <typename T>
void Saturate(Frame& frame, const Step& step) {
  step.inner(frame, step);
  const T x = frame.Get<T>(step.at[0]);
  frame.Set<T>(step.at[0], x > 0 ? x < 1 ? x : T{1} : T{0});
}

}  // namespace

Decoder::Decoder(Assembler* assembler, const Statement& statement)
    : assembler_(assembler),
      statement_(statement),
      left_(statement.opcode.begin() + 1, statement.opcode.end()) {
  step.source = &statement;
  if (statement.guard.empty()) return;
  step.guard = assembler->SlotOf(statement.guard, 0, statement.line);
  step.unless = statement.guard_negated;
}

bool Decoder::Take(const char* modifier) {
  const auto found = std::find(left_.begin(), left_.end(), modifier);
  if (found == left_.end()) return false;
  left_.erase(found);
  return true;
}

int Decoder::TakeOneOf(std::initializer_list<const char*> modifiers) {
  int i = 0;
  for (const char* modifier : modifiers) {
    if (Take(modifier)) return i;
    ++i;
  }
  return -1;
}

Type Decoder::NextType() const {
  Type type;
  for (const std::string& word : left_) {
    if (ReadType(word, &type)) break;
  }
  return type;
}

Type Decoder::TakeType() {
  Type type;
  for (auto word = left_.begin(); word != left_.end(); ++word) {
    if (!ReadType(*word, &type)) continue;
    left_.erase(word);
    return type;
  }
  FailUnknown();
}

Space Decoder::TakeSpace() {
  // Parameters lie in the frame, as local variables do.
  for (const char* local : {"local", "param", "param::entry", "param::func"}) {
    if (Take(local)) return Space::kLocal;
  }
  if (Take("shared") || Take("shared::cta")) return Space::kShared;
  if (Take("global")) return Space::kGlobal;
  if (Take("const")) return Space::kConst;
  return Space::kGeneric;
}

void Decoder::TakeFloatModes(Type result) {
  static constexpr uint32_t kRounding[] = {
      _MM_ROUND_NEAREST, _MM_ROUND_TOWARD_ZERO, _MM_ROUND_DOWN, _MM_ROUND_UP};
  const int rounding = TakeOneOf({"rn", "rz", "rm", "rp"});
  if (rounding >= 0) step.mode |= kRounding[rounding];
  if (Take("ftz")) step.mode |= kFlushAndDenormalsAreZero;
  if (Take("sat")) saturate_ = result.bits;
}

void Decoder::PlaceOperands(size_t count) {
  ExpectOperands(count, count);
  for (size_t i = 0; i < count; ++i) step.at[i] = Slot(operands()[i]);
}

int Decoder::Slot(const Operand& operand) {
  if (operand.kind == Operand::Kind::kList) Fail("a list cannot stand here");
  if (operand.negated) Fail("! cannot stand here");
  if (operand.name.empty()) return assembler_->SlotOfConstant(operand.number);
  const bool address = operand.kind == Operand::Kind::kAddress;
  const uint64_t plus = address ? 0 : operand.number;
  return assembler_->SlotOf(operand.name, plus, statement_.line);
}

std::vector<int> Decoder::Slots(const Operand& operand) {
  if (operand.kind != Operand::Kind::kList) return {Slot(operand)};
  std::vector<int> slots;
  for (const Operand& each : operand.list) slots.push_back(Slot(each));
  return slots;
}

size_t Decoder::Target(const std::string& label) {
  return assembler_->Target(label, statement_.line);
}

std::vector<size_t> Decoder::Targets(const std::string& table) {
  const auto* labels = assembler_->Targets(table);
  if (labels == nullptr) Fail("there are no targets " + table);
  std::vector<size_t> targets;
  for (const std::string& label : *labels) targets.push_back(Target(label));
  return targets;
}

const Program* Decoder::Callee(const std::string& name) {
  return assembler_->ProgramOf(name, statement_.line);
}

Place Decoder::FramePlace(const Operand& operand) {
  const Place* place = assembler_->FramePlace(operand.name);
  if (place == nullptr) Fail("a parameter of a call is no variable");
  return *place;
}

void Decoder::ExpectOperands(size_t least, size_t most) {
  if (operands().size() < least || operands().size() > most) {
    Fail("a wrong number of operands");
  }
}

void Decoder::Fail(const std::string& what) const {
  throw Unreadable(statement_.line, statement_.Name() + ": " + what);
}

void Decoder::FailUnknown() const {
  throw Unreadable(statement_.line, "unknown instruction " + statement_.Name());
}

Step Decoder::Finish(Handler handler) {
  if (!left_.empty()) FailUnknown();
  step.run = handler;
  if (step.mode != 0 && saturate_ != 0) {
    Fail("saturates and rounds in a way of its own, which is unknown");
  }
  if (step.mode != 0 || saturate_ != 0) {
    step.inner = handler;
    step.run = step.mode != 0    ? WithMode
               : saturate_ == 64 ? Saturate<double>
                                 : Saturate<float>;
  }
  return std::move(step);
}

}  // namespace emulator::ptx
