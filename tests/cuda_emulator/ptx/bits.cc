// Moving and changing bits.

#include <algorithm>

#include "apply.h"

namespace emulator::ptx {
namespace {

struct And {
  template <typename T>
  T operator()(T a, T b) const {
    return a & b;
  }
};
struct Or {
  template <typename T>
  T operator()(T a, T b) const {
    return a | b;
  }
};
struct ExclusiveOr {
  template <typename T>
  T operator()(T a, T b) const {
    return a ^ b;
  }
};
struct Not {
  template <typename T>
  T operator()(T a) const {
    return static_cast<T>(~a);
  }
};
struct NotPredicate {
  uint8_t operator()(uint8_t a) const { return !a; }
};
struct Same {
  template <typename T>
  T operator()(T a) const {
    return a;
  }
};

// The count of a shift has 32 bits always.
template <typename T>
void ShiftLeft(Frame& frame, const Step& step) {
  const auto count = frame.Get<uint32_t>(step.at[2]);
  const uint64_t x = frame.Get<T>(step.at[1]);
  frame.Set<T>(step.at[0], count < 64 ? static_cast<T>(x << count) : T{0});
}

template <typename T>
void ShiftRight(Frame& frame, const Step& step) {
  const auto count = frame.Get<uint32_t>(step.at[2]);
  constexpr uint32_t kBits = 8 * sizeof(T);
  const T x = frame.Get<T>(step.at[1]);
  const T rest = x < T{0} ? static_cast<T>(-1) : T{0};
  frame.Set<T>(step.at[0], count < kBits ? static_cast<T>(x >> count) : rest);
}

template <template <typename> class Shift>
Handler ShiftOf(Type type) {
  const bool is_signed = type.kind == 's';
  switch (type.bits) {
    case 16:
      return is_signed ? Shift<int16_t>::Run : Shift<uint16_t>::Run;
    case 32:
      return is_signed ? Shift<int32_t>::Run : Shift<uint32_t>::Run;
    default:
      return is_signed ? Shift<int64_t>::Run : Shift<uint64_t>::Run;
  }
}
template <typename T>
struct Left {
  static constexpr Handler Run = ShiftLeft<std::make_unsigned_t<T>>;
};
template <typename T>
struct Right {
  static constexpr Handler Run = ShiftRight<T>;
};

// The upper or lower half of two words, shifted.
template <bool kLeft>
void FunnelShift(Frame& frame, const Step& step) {
  const uint64_t low = frame.Get<uint32_t>(step.at[1]);
  const uint64_t both = low | uint64_t{frame.Get<uint32_t>(step.at[2])} << 32;
  auto count = frame.Get<uint32_t>(step.at[3]);
  count = step.number ? count & 31 : std::min(count, 32u);
  const uint64_t shifted = kLeft ? both << count >> 32 : both >> count;
  frame.Set<uint32_t>(step.at[0], static_cast<uint32_t>(shifted));
}

template <typename T>
void CountOnes(Frame& frame, const Step& step) {
  const int count = __builtin_popcountll(frame.Get<T>(step.at[1]));
  frame.Set<uint32_t>(step.at[0], count);
}

template <typename T>
void CountLeadingZeros(Frame& frame, const Step& step) {
  const uint64_t x = frame.Get<T>(step.at[1]);
  constexpr int kAbove = 64 - 8 * static_cast<int>(sizeof(T));
  const int zeros = x == 0 ? 64 : __builtin_clzll(x);
  frame.Set<uint32_t>(step.at[0], zeros - kAbove);
}

template <typename T>
void Reverse(Frame& frame, const Step& step) {
  T x = frame.Get<T>(step.at[1]);
  T reversed = 0;
  for (size_t i = 0; i < 8 * sizeof(T); ++i, x >>= 1) {
    reversed = static_cast<T>(reversed << 1 | (x & 1));
  }
  frame.Set<T>(step.at[0], reversed);
}

// Bits [begin, begin + length) of a, with the sign of the last one.
template <typename T>
void Extract(Frame& frame, const Step& step) {
  constexpr uint32_t kBits = 8 * sizeof(T);
  const T a = frame.Get<T>(step.at[1]);
  const uint32_t begin = frame.Get<uint32_t>(step.at[2]) & 0xff;
  const uint32_t length = frame.Get<uint32_t>(step.at[3]) & 0xff;
  const uint32_t end = std::min(begin + length, kBits);
  T result = begin < kBits ? static_cast<T>(a >> begin)
                           : static_cast<T>(a < T{0} ? -1 : 0);
  if (length == 0) {
    result = 0;
  } else if (begin < end && end - begin < kBits) {
    const uint32_t above = kBits - (end - begin);
    using Bits = std::make_unsigned_t<T>;
    result = static_cast<T>(
        static_cast<T>(static_cast<Bits>(result) << above) >> above);
  }
  frame.Set<T>(step.at[0], result);
}

// b with bits [begin, begin + length) replaced by a's lowest.
template <typename T>
void Insert(Frame& frame, const Step& step) {
  const uint32_t begin = frame.Get<uint32_t>(step.at[3]) & 0xff;
  const uint32_t length = frame.Get<uint32_t>(step.at[4]) & 0xff;
  const uint64_t ones =
      length < 64 ? (uint64_t{1} << length) - 1 : ~uint64_t{0};
  const uint64_t mask = begin < 64 ? ones << begin : 0;
  const uint64_t a = frame.Get<T>(step.at[1]);
  const uint64_t b = frame.Get<T>(step.at[2]);
  const uint64_t moved = begin < 64 ? a << begin : 0;
  frame.Set<T>(step.at[0], static_cast<T>((b & ~mask) | (moved & mask)));
}

// Each byte of the result is one of eight, or eight copies of its sign.
void Permute(Frame& frame, const Step& step) {
  const uint64_t bytes = frame.Get<uint32_t>(step.at[1]) |
                         uint64_t{frame.Get<uint32_t>(step.at[2])} << 32;
  const auto choice = frame.Get<uint32_t>(step.at[3]);
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    const uint32_t nibble = choice >> 4 * i & 15;
    uint32_t byte = bytes >> 8 * (nibble & 7) & 0xff;
    if (nibble & 8) byte = byte & 0x80 ? 0xff : 0;
    result |= byte << 8 * i;
  }
  frame.Set<uint32_t>(step.at[0], result);
}

// Bit by bit what the table `number` says of three bits.
void LookUp(Frame& frame, const Step& step) {
  uint32_t result = 0;
  for (int bit = 0; bit < 32; ++bit) {
    int index = 0;
    for (int i = 1; i <= 3; ++i) {
      index = index << 1 | (frame.Get<uint32_t>(step.at[i]) >> bit & 1);
    }
    result |= static_cast<uint32_t>(step.number >> index & 1) << bit;
  }
  frame.Set<uint32_t>(step.at[0], result);
}

template <typename T>
void Select(Frame& frame, const Step& step) {
  const bool first = frame.Get<uint8_t>(step.at[3]);
  frame.Set<T>(step.at[0], frame.Get<T>(step.at[first ? 1 : 2]));
}

// Of the parts of `number` bits each.
void Pack(Frame& frame, const Step& step) {
  uint64_t word = 0;
  for (int i = 0; i < step.count; ++i) {
    const uint64_t ones = ~uint64_t{0} >> (64 - step.number);
    word |= (frame.Get<uint64_t>(step.at[1 + i]) & ones) << i * step.number;
  }
  frame.Set<uint64_t>(step.at[0], word);
}

void Unpack(Frame& frame, const Step& step) {
  const auto word = frame.Get<uint64_t>(step.at[step.count]);
  const uint64_t ones = ~uint64_t{0} >> (64 - step.number);
  for (int i = 0; i < step.count; ++i) {
    frame.Set<uint64_t>(step.at[i], word >> i * step.number & ones);
  }
}

Handler DecodeMove(Decoder* d) {
  const Type type = d->TakeType();
  d->ExpectOperands(2, 2);
  const std::vector<int> to = d->Slots(d->operands()[0]);
  const std::vector<int> from = d->Slots(d->operands()[1]);
  const size_t parts = std::max(to.size(), from.size());
  if (std::min(to.size(), from.size()) != 1 || parts > 4) d->FailUnknown();
  std::copy(to.begin(), to.end(), d->step.at.begin());
  std::copy(from.begin(), from.end(), d->step.at.begin() + to.size());
  if (parts == 1) return ApplyToUnsigned<Same>(type);
  d->step.count = static_cast<int>(parts);
  d->step.number = type.bits / static_cast<int>(parts);
  return to.size() == 1 ? Pack : Unpack;
}

Handler DecodeLogic(const std::string& name, Type type) {
  if (name == "and") return ApplyToUnsigned<And>(type);
  if (name == "or") return ApplyToUnsigned<Or>(type);
  if (name == "xor") return ApplyToUnsigned<ExclusiveOr>(type);
  if (name == "shl") return ShiftOf<Left>(type);
  if (name == "shr") return ShiftOf<Right>(type);
  return nullptr;
}

Handler DecodeCount(const std::string& name, Type type) {
  const bool wide = type.bits == 64;
  if (name == "not" && type.kind == 'p') return Apply<uint8_t, NotPredicate>;
  if (name == "not") return ApplyToUnsigned<Not>(type);
  if (name == "popc") return wide ? CountOnes<uint64_t> : CountOnes<uint32_t>;
  if (name == "clz") {
    return wide ? CountLeadingZeros<uint64_t> : CountLeadingZeros<uint32_t>;
  }
  if (name == "brev") return wide ? Reverse<uint64_t> : Reverse<uint32_t>;
  return nullptr;
}

Handler DecodeField(const std::string& name, Type type) {
  const bool wide = type.bits == 64;
  if (name == "bfi") return wide ? Insert<uint64_t> : Insert<uint32_t>;
  if (type.kind == 's') return wide ? Extract<int64_t> : Extract<int32_t>;
  return wide ? Extract<uint64_t> : Extract<uint32_t>;
}

Handler DecodeSelect(Type type) {
  switch (type.bits) {
    case 16:
      return Select<uint16_t>;
    case 32:
      return Select<uint32_t>;
    default:
      return Select<uint64_t>;
  }
}

Handler DecodeOfFour(Decoder* d, Type type) {
  if (d->name() == "selp") return DecodeSelect(type);
  if (d->name() == "bfe") return DecodeField(d->name(), type);
  if (d->name() == "prmt" && type.bits == 32) return Permute;
  if (d->name() == "shf" && type.bits == 32) {
    const bool left = d->Take("l");
    if (!left && !d->Take("r")) d->FailUnknown();
    d->step.number = d->Take("wrap");
    if (!d->step.number && !d->Take("clamp")) d->FailUnknown();
    return left ? FunnelShift<true> : FunnelShift<false>;
  }
  return nullptr;
}

}  // namespace

Handler DecodeBits(Decoder* d) {
  const std::string& name = d->name();
  if (name == "mov") return DecodeMove(d);
  const Type type = d->NextType();
  size_t operands = 3;
  Handler handler = DecodeLogic(name, type);
  if (handler == nullptr) {
    operands = 2;
    handler = DecodeCount(name, type);
  }
  if (handler == nullptr) {
    operands = 4;
    handler = DecodeOfFour(d, type);
  }
  if (name == "bfi") {
    operands = 5;
    handler = DecodeField(name, type);
  } else if (name == "lop3" && d->operands().size() == 5) {
    operands = 5;
    handler = LookUp;
    d->step.number = static_cast<int64_t>(d->operands()[4].number);
  }
  if (handler == nullptr) return nullptr;
  d->TakeType();
  d->PlaceOperands(operands);
  return handler;
}

}  // namespace emulator::ptx
