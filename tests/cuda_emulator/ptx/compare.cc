// setp: comparisons, and what joins them with another predicate.

#include <map>

#include "apply.h"

namespace emulator::ptx {
namespace {

enum Outcome { kLess = 1, kEqual = 2, kGreater = 4, kUnordered = 8 };
enum Join { kAlone = -1, kAnd, kOr, kXor };

// Of which outcomes the comparison is true.
int OutcomesOf(const std::string& name) {
  static const std::map<std::string, int> outcomes = {
      {"lt", 1},   {"le", 3},   {"eq", 2},  {"ne", 5},   {"gt", 4},
      {"ge", 6},   {"lo", 1},   {"ls", 3},  {"hi", 4},   {"hs", 6},
      {"num", 7},  {"nan", 8},  {"ltu", 9}, {"leu", 11}, {"equ", 10},
      {"neu", 13}, {"gtu", 12}, {"geu", 14}};
  const auto found = outcomes.find(name);
  return found == outcomes.end() ? 0 : found->second;
}

bool Joined(bool result, bool other, int join) {
  switch (join) {
    case kAnd:
      return result && other;
    case kOr:
      return result || other;
    case kXor:
      return result != other;
    default:
      return result;
  }
}

// p|q = a, b, and c with its negation.
template <typename T>
void Compare(Frame& frame, const Step& step) {
  const T a = frame.Get<T>(step.at[2]);
  const T b = frame.Get<T>(step.at[3]);
  const int outcome = a < b    ? kLess
                      : a == b ? kEqual
                      : a > b  ? kGreater
                               : kUnordered;
  const bool result = step.number & outcome;
  const bool c = frame.Get<uint8_t>(step.at[4]) != step.at[5];
  frame.Set<uint8_t>(step.at[1], Joined(!result, c, step.count));
  frame.Set<uint8_t>(step.at[0], Joined(result, c, step.count));
}

Handler HandlerOf(Type type) {
  const bool is_signed = type.kind == 's';
  if (type.kind == 'f') {
    return type.bits == 64 ? Compare<double> : Compare<float>;
  }
  switch (type.bits) {
    case 16:
      return is_signed ? Compare<int16_t> : Compare<uint16_t>;
    case 32:
      return is_signed ? Compare<int32_t> : Compare<uint32_t>;
    default:
      return is_signed ? Compare<int64_t> : Compare<uint64_t>;
  }
}

}  // namespace

Handler DecodeCompare(Decoder* d) {
  if (d->name() != "setp") return nullptr;
  const std::string comparison = d->step.source->opcode.at(1);
  d->step.number = OutcomesOf(comparison);
  if (d->step.number == 0) d->FailUnknown();
  d->Take(comparison.c_str());
  d->step.count = d->TakeOneOf({"and", "or", "xor"});
  const Type type = d->TakeType();
  d->TakeFloatModes(type);
  const size_t operands = d->step.count == kAlone ? 3 : 4;
  d->ExpectOperands(operands, operands);
  Operand to = d->operands()[0];
  Operand second;
  second.name = to.second.empty() ? "_" : to.second;
  d->step.at = {d->Slot(to), d->Slot(second), d->Slot(d->operands()[1]),
                d->Slot(d->operands()[2])};
  if (operands == 4) {
    Operand c = d->operands()[3];
    d->step.at[5] = c.negated;
    c.negated = false;
    d->step.at[4] = d->Slot(c);
  }
  return HandlerOf(type);
}

}  // namespace emulator::ptx
