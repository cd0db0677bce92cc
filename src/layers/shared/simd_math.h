#pragma once

#include <algorithm>
#include <cstdint>

namespace doppio::simd {

// Elementary functions without branches or calls, so that the compiler
// vectorises loops over them; the C library's take two to thirty times as long.
// Within 3 units in the last place; NaN gives NaN.

// exp(x) = 2^n * (1 + q), with n whole and q = exp(r) - 1 for the rest r of at
// most ln(2) / 2.
struct ExpParts {
  int32_t n;
  float q;
};

constexpr ExpParts SplitExp(float x) {
  // Adding 1.5 * 2^23 rounds to a whole number, taking it off gives it back.
  constexpr float kRound = 0x1.8p23f;
  constexpr float kLog2E = 0x1.715476p0f;
  const float n = (x * kLog2E + kRound) - kRound;
  // ln(2) in two parts, the first short enough for n times it to be exact.
  const float r = (x - n * 0x1.62e4p-1f) - n * 0x1.7f7d1cp-20f;
  // Taylor's series; its next term is 5e-9 of the sum.
  float q = 1.f / 5040;
  q = q * r + 1.f / 720;
  q = q * r + 1.f / 120;
  q = q * r + 1.f / 24;
  q = q * r + 1.f / 6;
  q = q * r + 1.f / 2;
  q = q * r * r + r;
  return {static_cast<int32_t>(n), q};
}

// 2^n for n in [-126, 127].
constexpr float PowerOfTwo(int32_t n) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(n + 127) << 23);
}

constexpr float Exp(float x) {
  // Beyond these bounds the result is 0 or infinite anyway. In two factors,
  // since 2^n alone may be out of range where exp(x) is not.
  const ExpParts e = SplitExp(std::max(std::min(x, 89.f), -104.f));
  const int32_t half = e.n >> 1;
  return (1 + e.q) * PowerOfTwo(half) * PowerOfTwo(e.n - half);
}

// exp(x) - 1, also close to 0 where a subtraction would cancel. For x < 88.
constexpr float Expm1(float x) {
  const ExpParts e = SplitExp(std::max(std::min(x, 88.f), -87.f));
  const float power = PowerOfTwo(e.n);
  return power * e.q + (power - 1);
}

// log2(x) of a positive x that is neither subnormal nor infinite: x = 2^n * m
// with m in [sqrt(1/2), sqrt(2)), and ln(m) = 2 artanh((m - 1) / (m + 1)).
// Within 4 units in the last place.
constexpr float Log2OfNormal(float x) {
  constexpr int32_t kSqrtHalf = 0x3f3504f3;  // the bits of sqrt(1/2)
  const int32_t bits = __builtin_bit_cast(int32_t, x);
  const int32_t n = (bits - kSqrtHalf) >> 23;
  const float m = __builtin_bit_cast(float, bits - (n << 23));
  const float t = (m - 1) / (m + 1);
  const float t2 = t * t;
  // The series of artanh; its next term is 2e-9 of the sum.
  float q = 1.f / 9;
  q = q * t2 + 1.f / 7;
  q = q * t2 + 1.f / 5;
  q = q * t2 + 1.f / 3;
  q = q * t2 + 1;
  constexpr float kTwoLog2E = 0x1.715476p1f;
  return n + kTwoLog2E * t * q;
}

// x^y for such an x, where x^y is one too. The relative error grows with
// |log2(x^y)|: it is within (3 + |log2(x^y)| / 2) units in the last place.
constexpr float PowerOfNormal(float x, float y) {
  constexpr float kRound = 0x1.8p23f;
  constexpr float kLn2 = 0x1.62e43p-1f;
  const float z = y * Log2OfNormal(x);
  const float n = (z + kRound) - kRound;
  const float r = (z - n) * kLn2;
  // Taylor's series of exp(r); its next term is 1e-7 of the sum.
  float e = 1.f / 720;
  e = e * r + 1.f / 120;
  e = e * r + 1.f / 24;
  e = e * r + 1.f / 6;
  e = e * r + 1.f / 2;
  e = e * r + 1;
  e = e * r + 1;
  return e * PowerOfTwo(static_cast<int32_t>(n));
}

// x^(-3/4), by Newton's method for y^-4 = x^3 and without a division. From
// 2^-41 to 2^41, where x^3 and its inverse are normal; within 3 units in the
// last place.
constexpr float PowerOfMinusThreeQuarters(float x) {
  // A float's bits are about 2^23 (127 + log2(x)), so this is x^(-3/4) within 5
  // %.
  constexpr int32_t kMinus = 0x6f14e979;
  const int32_t bits = __builtin_bit_cast(int32_t, x);
  float y = __builtin_bit_cast(float, kMinus - (bits - (bits >> 2)));
  const float quarter = 0.25f * x * x * x;
  for (int i = 0; i < 3; ++i) {  // errors: 5e-3, 6e-5, and rounding
    const float y2 = y * y;
    y *= 1.25f - quarter * (y2 * y2);
  }
  return y;
}

constexpr float Sigmoid(float x) { return 1 / (1 + Exp(-x)); }

constexpr float Tanh(float x) {
  const float e = Expm1(-2 * (x < 0 ? -x : x));
  const float y = e / (2 + e);
  return x < 0 ? y : -y;
}

// log(1 + exp(x)), in a form whose exponential can't overflow.
constexpr float Softplus(float x) {
  const float e = Exp(x < 0 ? x : -x);
  // log(1 + e) = 2 artanh(z); z is at most 1/3, so that the series' next term
  // is 2e-9 of the sum.
  const float z = e / (2 + e);
  const float s = z * z;
  float sum = 1.f / 15;
  sum = sum * s + 1.f / 13;
  sum = sum * s + 1.f / 11;
  sum = sum * s + 1.f / 9;
  sum = sum * s + 1.f / 7;
  sum = sum * s + 1.f / 5;
  sum = sum * s + 1.f / 3;
  sum = sum * s + 1;
  return std::max(x, 0.f) + 2 * z * sum;
}

}  // namespace doppio::simd
