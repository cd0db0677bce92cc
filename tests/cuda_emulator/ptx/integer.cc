// Arithmetic of integers.

#include <limits>

#include "apply.h"

namespace emulator::ptx {
namespace {

// Signed operands too are computed as unsigned ones, which may wrap around.
struct Add {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(uint64_t{a} + uint64_t{b});
  }
};
struct Subtract {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(uint64_t{a} - uint64_t{b});
  }
};
struct MultiplyLow {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(uint64_t{a} * uint64_t{b});
  }
};
struct MultiplyAddLow {
  template <typename T>
  T operator()(T a, T b, T c) const {
    return static_cast<T>(uint64_t{a} * uint64_t{b} + uint64_t{c});
  }
};
struct MultiplyHigh {
  template <typename T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<__int128>(a) * b >> 8 * sizeof(T));
  }
  uint64_t operator()(uint64_t a, uint64_t b) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
  }
};
struct MultiplyAddHigh {
  template <typename T>
  T operator()(T a, T b, T c) const {
    return static_cast<T>(static_cast<uint64_t>(MultiplyHigh{}(a, b)) +
                          static_cast<uint64_t>(c));
  }
};
// By zero: a device's answer is not defined, but no trap.
struct Divide {
  template <typename T>
  T operator()(T a, T b) const {
    if (b == 0) return static_cast<T>(-1);
    const bool overflow = std::is_signed_v<T> && b == static_cast<T>(-1);
    return overflow ? static_cast<T>(-static_cast<uint64_t>(a))
                    : static_cast<T>(a / b);
  }
};
struct Remainder {
  template <typename T>
  T operator()(T a, T b) const {
    if (b == 0) return a;
    const bool overflow = std::is_signed_v<T> && b == static_cast<T>(-1);
    return overflow ? T{0} : static_cast<T>(a % b);
  }
};
struct Negate {
  template <typename T>
  T operator()(T a) const {
    return static_cast<T>(-static_cast<uint64_t>(a));
  }
};
struct Absolute {
  template <typename T>
  T operator()(T a) const {
    return a < T{0} ? Negate{}(a) : a;
  }
};
struct Minimum {
  template <typename T>
  T operator()(T a, T b) const {
    return b < a ? b : a;
  }
};
struct Maximum {
  template <typename T>
  T operator()(T a, T b) const {
    return a < b ? b : a;
  }
};

// The whole product, and with a third operand its sum with that.
template <typename T, typename Whole>
void MultiplyWide(Frame& frame, const Step& step) {
  using Bits = std::make_unsigned_t<Whole>;
  const auto a = static_cast<Whole>(frame.Get<T>(step.at[1]));
  const auto b = static_cast<Whole>(frame.Get<T>(step.at[2]));
  Bits result = static_cast<Bits>(int64_t{1} * a * b);
  if (step.count == 3) {
    result = static_cast<Bits>(result + frame.Get<Bits>(step.at[3]));
  }
  frame.Set<Bits>(step.at[0], result);
}

Handler WideOf(Type type) {
  const bool is_signed = type.kind == 's';
  if (type.bits == 16) {
    return is_signed ? MultiplyWide<int16_t, int32_t>
                     : MultiplyWide<uint16_t, uint32_t>;
  }
  return is_signed ? MultiplyWide<int32_t, int64_t>
                   : MultiplyWide<uint32_t, uint64_t>;
}

Handler DecodeProduct(Decoder* d, Type type, size_t factors) {
  d->step.count = static_cast<int>(factors);
  if (d->Take("wide")) {
    if (type.bits == 64) d->FailUnknown();
    return WideOf(type);
  }
  if (d->Take("hi")) {
    return factors == 2 ? ApplyToIntegers<MultiplyHigh>(type)
                        : ApplyToIntegers<MultiplyAddHigh>(type);
  }
  if (!d->Take("lo")) d->FailUnknown();
  return factors == 2 ? ApplyToUnsigned<MultiplyLow>(type)
                      : ApplyToUnsigned<MultiplyAddLow>(type);
}

Handler DecodeBinary(const std::string& name, Type type) {
  if (name == "add") return ApplyToUnsigned<Add>(type);
  if (name == "sub") return ApplyToUnsigned<Subtract>(type);
  if (name == "div") return ApplyToIntegers<Divide>(type);
  if (name == "rem") return ApplyToIntegers<Remainder>(type);
  if (name == "min") return ApplyToIntegers<Minimum>(type);
  if (name == "max") return ApplyToIntegers<Maximum>(type);
  return nullptr;
}

}  // namespace

Handler DecodeInteger(Decoder* d) {
  const Type type = d->NextType();
  if (type.kind != 's' && type.kind != 'u') return nullptr;
  Handler handler = nullptr;
  size_t operands = 3;
  if (d->name() == "mul" || d->name() == "mad") {
    operands = d->name() == "mul" ? 3 : 4;
    handler = DecodeProduct(d, type, operands - 1);
  } else if (d->name() == "neg" || d->name() == "abs") {
    operands = 2;
    handler = d->name() == "neg" ? ApplyToUnsigned<Negate>(type)
                                 : ApplyToIntegers<Absolute>(type);
  } else {
    handler = DecodeBinary(d->name(), type);
  }
  if (handler == nullptr) return nullptr;
  d->TakeType();
  d->PlaceOperands(operands);
  return handler;
}

}  // namespace emulator::ptx
