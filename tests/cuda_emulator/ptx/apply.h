#pragma once

#include <type_traits>

#include "decoder.h"

namespace emulator::ptx {

// The result of Op, of type T, of one, two or three operands of type T.
template <typename T, typename Op>
void Apply(Frame& frame, const Step& step) {
  const auto x = [&](int i) { return frame.Get<T>(step.at[i]); };
  if constexpr (std::is_invocable_v<Op, T>) {
    frame.Set<T>(step.at[0], Op{}(x(1)));
  } else if constexpr (std::is_invocable_v<Op, T, T>) {
    frame.Set<T>(step.at[0], Op{}(x(1), x(2)));
  } else {
    frame.Set<T>(step.at[0], Op{}(x(1), x(2), x(3)));
  }
}

template <typename Op>
Handler ApplyToFloats(Type type) {
  return type.bits == 64 ? Apply<double, Op> : Apply<float, Op>;
}

template <typename Op>
Handler ApplyToUnsigned(Type type) {
  switch (type.bits) {
    case 8:  // predicates
      return Apply<uint8_t, Op>;
    case 16:
      return Apply<uint16_t, Op>;
    case 32:
      return Apply<uint32_t, Op>;
    default:
      return Apply<uint64_t, Op>;
  }
}

template <typename Op>
Handler ApplyToIntegers(Type type) {
  if (type.kind != 's') return ApplyToUnsigned<Op>(type);
  switch (type.bits) {
    case 16:
      return Apply<int16_t, Op>;
    case 32:
      return Apply<int32_t, Op>;
    default:
      return Apply<int64_t, Op>;
  }
}

}  // namespace emulator::ptx
