#pragma once

#include <cstdint>

#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

// bfloat16: the upper half of a float, rounded to nearest, ties to even.
struct Bf16 {
  Bf16() = default;
  Bf16(float value) : bits(Rounded(value)) {}
  // Without it a loop that assigns floats would make a temporary of each, and
  // GCC no vectors of them.
  Bf16& operator=(float value) {
    bits = Rounded(value);
    return *this;
  }
  operator float() const {
    return __builtin_bit_cast(float, static_cast<uint32_t>(bits) << 16);
  }

  static uint16_t Rounded(float value) {
    const auto word = __builtin_bit_cast(uint32_t, value);
    const uint32_t rounded = word + 0x7fff + (word >> 16 & 1);
    // Rounding must not make an infinity of a NaN.
    const bool nan = (word & 0x7fffffff) > 0x7f800000;
    return static_cast<uint16_t>((nan ? word | 0x400000 : rounded) >> 16);
  }

  uint16_t bits;
};

// Rounds floats that lie in rows of 64 to bfloat16 in which two rows each have
// become one of 64 pairs: oneDNN's way from AB16b64a to AB8b64a2b. `count` is a
// multiple of 128.
void InterleaveRows(const float* rows, int64_t count, Bf16* pairs);

// Whether this processor multiplies bfloat16.
bool HasBf16();

// Whether a tensor of this layout holds bfloat16.
bool IsBf16(const LayoutPtr& layout);

// The layout of the same order that holds floats.
LayoutPtr AsFloat(const Context& context, const LayoutPtr& layout);

// Row-major bfloat16.
LayoutPtr PlainBf16(const Context& context, const Shape& shape);

}  // namespace doppio
