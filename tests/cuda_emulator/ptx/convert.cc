// cvt: from any type to any other.

#include <cuda_fp16.h>

#include <cmath>
#include <limits>

#include "apply.h"

namespace emulator::ptx {
namespace {

enum Rounding { kNone = -1, kNearest, kZero, kDown, kUp };

template <typename T>
T RoundToInteger(T x, int rounding) {
  switch (rounding) {
    case kNearest:
      return std::nearbyint(x);
    case kZero:
      return std::trunc(x);
    case kDown:
      return std::floor(x);
    case kUp:
      return std::ceil(x);
    default:
      return x;
  }
}

// The nearest that D has; of no number, zero.
template <typename D, typename S>
D Clamped(S x) {
  using Limits = std::numeric_limits<D>;
  if (x != x) return 0;
  if constexpr (std::is_floating_point_v<S>) {
    // 2^bits is a float exactly, where D's largest number may be none.
    const S end = std::ldexp(S{1}, Limits::digits);
    if (x >= end) return Limits::max();
    if (x <= static_cast<S>(Limits::min())) return Limits::min();
  } else {
    if (static_cast<__int128>(x) > Limits::max()) return Limits::max();
    if (static_cast<__int128>(x) < Limits::min()) return Limits::min();
  }
  return static_cast<D>(x);
}

// step.number is how to round to an integer, step.count whether to saturate.
template <typename D, typename S>
void Convert(Frame& frame, const Step& step) {
  S x = frame.Get<S>(step.at[1]);
  const int rounding = static_cast<int>(step.number);
  if constexpr (std::is_floating_point_v<S>) x = RoundToInteger(x, rounding);
  if constexpr (std::is_floating_point_v<D>) {
    frame.Set<D>(step.at[0], static_cast<D>(x));
  } else {
    const bool clamp = std::is_floating_point_v<S> || step.count;
    const D result = clamp ? Clamped<D>(x) : static_cast<D>(x);
    // A register wider than the type gets the sign in its other bits.
    frame.Set<int64_t>(step.at[0], static_cast<int64_t>(result));
  }
}

void ToHalf(Frame& frame, const Step& step) {
  frame.Set(step.at[0], __half(frame.Get<float>(step.at[1])));
}

template <typename D>
Handler From(Type source) {
  if (source.kind == 'f') {
    return source.bits == 64 ? Convert<D, double> : Convert<D, float>;
  }
  const bool is_signed = source.kind == 's';
  switch (source.bits) {
    case 8:
      return is_signed ? Convert<D, int8_t> : Convert<D, uint8_t>;
    case 16:
      return is_signed ? Convert<D, int16_t> : Convert<D, uint16_t>;
    case 32:
      return is_signed ? Convert<D, int32_t> : Convert<D, uint32_t>;
    default:
      return is_signed ? Convert<D, int64_t> : Convert<D, uint64_t>;
  }
}

Handler HandlerOf(Type to, Type from) {
  if (to.kind == 'f') {
    return to.bits == 64 ? From<double>(from) : From<float>(from);
  }
  const bool is_signed = to.kind == 's';
  switch (to.bits) {
    case 8:
      return is_signed ? From<int8_t>(from) : From<uint8_t>(from);
    case 16:
      return is_signed ? From<int16_t>(from) : From<uint16_t>(from);
    case 32:
      return is_signed ? From<int32_t>(from) : From<uint32_t>(from);
    default:
      return is_signed ? From<int64_t>(from) : From<uint64_t>(from);
  }
}

}  // namespace

Handler DecodeConvert(Decoder* d) {
  if (d->name() != "cvt") return nullptr;
  if (d->Take("f16")) {  // only so, from a float
    const Type from = d->TakeType();
    if (!d->Take("rn") || from.kind != 'f' || from.bits != 32) d->FailUnknown();
    d->PlaceOperands(2);
    return ToHalf;
  }
  const Type to = d->TakeType();
  const Type from = d->TakeType();
  d->step.number = d->TakeOneOf({"rni", "rzi", "rmi", "rpi"});
  if (to.kind == 'f') {
    d->step.count = 0;
  } else {
    d->step.count = d->Take("sat");
  }
  d->TakeFloatModes(to);
  d->PlaceOperands(2);
  return HandlerOf(to, from);
}

}  // namespace emulator::ptx
