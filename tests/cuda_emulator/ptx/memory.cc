// Loads, stores and atomic operations.

#include "memory.h"

#include <algorithm>

#include "apply.h"

namespace emulator::ptx {
namespace {

template <typename T>
void Load(Frame& frame, const Step& step) {
  const size_t bytes = step.count * sizeof(T);
  const char* p = Reach(frame, step, step.at[step.count], bytes, Kind::kRead);
  for (int i = 0; i < step.count; ++i) {
    T value;
    std::memcpy(&value, p + i * sizeof(T), sizeof value);
    if constexpr (std::is_signed_v<T>) {
      frame.Set<int64_t>(step.at[i], value);  // into a wider register too
    } else {
      frame.Set<T>(step.at[i], value);
    }
  }
}

template <typename T>
void Store(Frame& frame, const Step& step) {
  const size_t bytes = step.count * sizeof(T);
  char* p = Reach(frame, step, step.at[0], bytes, Kind::kWrite);
  for (int i = 0; i < step.count; ++i) {
    const T value = frame.Get<T>(step.at[1 + i]);
    std::memcpy(p + i * sizeof(T), &value, sizeof value);
  }
}

struct Exchange {
  template <typename T>
  T operator()(T, T value, T) const {
    return value;
  }
};
struct CompareAndSwap {
  template <typename T>
  T operator()(T old, T expected, T value) const {
    return old == expected ? value : old;
  }
};
struct Add {
  template <typename T>
  T operator()(T old, T value, T) const {
    return old + value;
  }
};
struct Minimum {
  template <typename T>
  T operator()(T old, T value, T) const {
    return std::min(old, value);
  }
};
struct Maximum {
  template <typename T>
  T operator()(T old, T value, T) const {
    return std::max(old, value);
  }
};
struct And {
  template <typename T>
  T operator()(T old, T value, T) const {
    return old & value;
  }
};
struct Or {
  template <typename T>
  T operator()(T old, T value, T) const {
    return old | value;
  }
};

// d, [a], b, c: threads run one at a time.
template <typename T, typename Op>
void Atomic(Frame& frame, const Step& step) {
  char* p = Reach(frame, step, step.at[1], sizeof(T), Kind::kAtomic);
  T old;
  std::memcpy(&old, p, sizeof old);
  const T now = Op{}(old, frame.Get<T>(step.at[2]), frame.Get<T>(step.at[3]));
  std::memcpy(p, &now, sizeof now);
  frame.Set<T>(step.at[0], old);
}

template <typename Op>
Handler AtomicInteger(Type type) {
  const bool is_signed = type.kind == 's';
  if (type.bits == 64) {
    return is_signed ? Atomic<int64_t, Op> : Atomic<uint64_t, Op>;
  }
  return is_signed ? Atomic<int32_t, Op> : Atomic<uint32_t, Op>;
}

Handler AtomicOf(Decoder* d, Type type) {
  if (d->Take("add")) {
    if (type.kind != 'f') return AtomicInteger<Add>({'u', type.bits});
    return type.bits == 64 ? Atomic<double, Add> : Atomic<float, Add>;
  }
  if (type.kind == 'f' || type.bits < 32) d->FailUnknown();
  if (d->Take("exch")) return AtomicInteger<Exchange>(type);
  if (d->Take("cas")) return AtomicInteger<CompareAndSwap>(type);
  if (d->Take("min")) return AtomicInteger<Minimum>(type);
  if (d->Take("max")) return AtomicInteger<Maximum>(type);
  if (d->Take("and")) return AtomicInteger<And>(type);
  if (d->Take("or")) return AtomicInteger<Or>(type);
  d->FailUnknown();
}

// What says how to keep it in caches, and in which order others see it: here
// they see everything at once.
void TakeCaching(Decoder* d) {
  for (const char* modifier : {"weak",
                               "volatile",
                               "relaxed",
                               "acquire",
                               "release",
                               "acq_rel",
                               "cta",
                               "gpu",
                               "sys",
                               "nc",
                               "ca",
                               "cg",
                               "cs",
                               "lu",
                               "cv",
                               "wb",
                               "wt",
                               "L1::evict_last",
                               "L1::evict_first",
                               "L1::no_allocate",
                               "L2::64B",
                               "L2::128B",
                               "L2::256B"}) {
    d->Take(modifier);
  }
}

template <template <typename> class Access>
Handler AccessOf(Type type) {
  const bool is_signed = type.kind == 's';
  switch (type.bits) {
    case 8:
      return is_signed ? Access<int8_t>::Run : Access<uint8_t>::Run;
    case 16:
      return is_signed ? Access<int16_t>::Run : Access<uint16_t>::Run;
    case 32:
      return is_signed ? Access<int32_t>::Run : Access<uint32_t>::Run;
    default:
      return Access<uint64_t>::Run;
  }
}
template <typename T>
struct Loading {
  static constexpr Handler Run = Load<T>;
};
template <typename T>
struct Storing {
  static constexpr Handler Run = Store<T>;
};

void PlaceAddress(Decoder* d, size_t operand, int at) {
  const Operand& address = d->operands()[operand];
  if (address.kind != Operand::Kind::kAddress) d->Fail("[ is missing");
  d->step.at[at] = d->Slot(address);
  d->step.number =
      static_cast<int64_t>(address.name.empty() ? 0 : address.number);
}

void PlaceVector(Decoder* d, size_t operand, int at) {
  const std::vector<int> slots = d->Slots(d->operands()[operand]);
  const int vector = d->TakeOneOf({"v2", "v4"});
  d->step.count = vector < 0 ? 1 : 2 * (vector + 1);
  if (static_cast<int>(slots.size()) != d->step.count) {
    d->Fail("the list does not have as many registers");
  }
  std::copy(slots.begin(), slots.end(), d->step.at.begin() + at);
}

// cvta: addresses are the same in all spaces but the shared one.
template <bool kToShared>
void ConvertAddress(Frame& frame, const Step& step) {
  const auto address = frame.Get<uint64_t>(step.at[1]);
  frame.Set<uint64_t>(
      step.at[0], kToShared ? address - SharedBase() : address + SharedBase());
}
void SameAddress(Frame& frame, const Step& step) {
  frame.Set<uint64_t>(step.at[0], frame.Get<uint64_t>(step.at[1]));
}

Handler DecodeAddress(Decoder* d) {
  const bool to = d->Take("to");
  const bool shared = d->TakeSpace() == Space::kShared;
  d->TakeType();
  d->PlaceOperands(2);
  if (!shared) return SameAddress;
  return to ? ConvertAddress<true> : ConvertAddress<false>;
}

Handler DecodeAtomic(Decoder* d) {
  TakeCaching(d);
  d->step.space = d->TakeSpace();
  const Type type = d->TakeType();
  const size_t first = d->name() == "atom";
  d->ExpectOperands(first + 2, first + 3);
  d->step.at[0] = first ? d->Slot(d->operands()[0]) : 0;
  PlaceAddress(d, first, 1);
  for (size_t i = first + 1; i < d->operands().size(); ++i) {
    d->step.at[i - first + 1] = d->Slot(d->operands()[i]);
  }
  return AtomicOf(d, type);
}

}  // namespace

Handler DecodeMemory(Decoder* d) {
  if (d->name() == "cvta") return DecodeAddress(d);
  if (d->name() == "atom" || d->name() == "red") return DecodeAtomic(d);
  const bool load = d->name() == "ld";
  if (!load && d->name() != "st") return nullptr;
  TakeCaching(d);
  d->step.space = d->TakeSpace();
  const Type type = d->TakeType();
  d->ExpectOperands(2, 2);
  PlaceVector(d, load ? 0 : 1, load ? 0 : 1);
  PlaceAddress(d, load ? 1 : 0, load ? d->step.count : 0);
  return load ? AccessOf<Loading>(type) : AccessOf<Storing>(type);
}

}  // namespace emulator::ptx
