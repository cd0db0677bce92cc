// Arithmetic of floats. Functions that a device approximates are computed
// exactly, but for their last rounding.

#include <cmath>

#include "apply.h"

namespace emulator::ptx {
namespace {

struct Add {
  template <typename T>
  T operator()(T a, T b) const {
    return a + b;
  }
};
struct Subtract {
  template <typename T>
  T operator()(T a, T b) const {
    return a - b;
  }
};
struct Multiply {
  template <typename T>
  T operator()(T a, T b) const {
    return a * b;
  }
};
struct MultiplyAdd {
  template <typename T>
  T operator()(T a, T b, T c) const {
    return std::fma(a, b, c);
  }
};
struct Divide {
  template <typename T>
  T operator()(T a, T b) const {
    return a / b;
  }
};
struct Negate {
  template <typename T>
  T operator()(T a) const {
    return -a;
  }
};
struct Absolute {
  template <typename T>
  T operator()(T a) const {
    return std::fabs(a);
  }
};
// A number, if one of two is none; of two zeros the negative one is less.
struct Minimum {
  template <typename T>
  T operator()(T a, T b) const {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
    return b < a || (b == a && std::signbit(b)) ? b : a;
  }
};
struct Maximum {
  template <typename T>
  T operator()(T a, T b) const {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) ? b : a;
    return a < b || (b == a && std::signbit(a)) ? b : a;
  }
};
// The sign of the first, the rest of the second.
struct CopySign {
  template <typename T>
  T operator()(T a, T b) const {
    return std::copysign(b, a);
  }
};
struct Reciprocal {
  template <typename T>
  T operator()(T a) const {
    return 1 / a;
  }
};
struct Root {
  template <typename T>
  T operator()(T a) const {
    return std::sqrt(a);
  }
};
struct ReciprocalRoot {
  template <typename T>
  T operator()(T a) const {
    return static_cast<T>(1 / std::sqrt(static_cast<double>(a)));
  }
};

template <double (*kFunction)(double)>
struct Of {
  float operator()(float a) const { return static_cast<float>(kFunction(a)); }
};

Handler DecodeFunction(const std::string& name) {
  if (name == "ex2") return Apply<float, Of<std::exp2>>;
  if (name == "lg2") return Apply<float, Of<std::log2>>;
  if (name == "sin") return Apply<float, Of<std::sin>>;
  if (name == "cos") return Apply<float, Of<std::cos>>;
  if (name == "tanh") return Apply<float, Of<std::tanh>>;
  return nullptr;
}

Handler DecodeUnary(const std::string& name, Type type) {
  if (name == "neg") return ApplyToFloats<Negate>(type);
  if (name == "abs") return ApplyToFloats<Absolute>(type);
  if (name == "rcp") return ApplyToFloats<Reciprocal>(type);
  if (name == "sqrt") return ApplyToFloats<Root>(type);
  if (name == "rsqrt") return ApplyToFloats<ReciprocalRoot>(type);
  return type.bits == 32 ? DecodeFunction(name) : nullptr;
}

Handler DecodeBinary(const std::string& name, Type type) {
  if (name == "add") return ApplyToFloats<Add>(type);
  if (name == "sub") return ApplyToFloats<Subtract>(type);
  if (name == "mul") return ApplyToFloats<Multiply>(type);
  if (name == "div") return ApplyToFloats<Divide>(type);
  if (name == "min") return ApplyToFloats<Minimum>(type);
  if (name == "max") return ApplyToFloats<Maximum>(type);
  if (name == "copysign") return ApplyToFloats<CopySign>(type);
  return nullptr;
}

}  // namespace

Handler DecodeFloat(Decoder* d) {
  const Type type = d->NextType();
  if (type.kind != 'f') return nullptr;
  size_t operands = 3;
  Handler handler = DecodeBinary(d->name(), type);
  if (handler == nullptr) {
    operands = 2;
    handler = DecodeUnary(d->name(), type);
  }
  if (d->name() == "fma" || d->name() == "mad") {
    operands = 4;
    handler = ApplyToFloats<MultiplyAdd>(type);
  }
  if (handler == nullptr) return nullptr;
  d->TakeType();
  d->TakeOneOf({"approx", "full"});
  d->TakeFloatModes(type);
  d->PlaceOperands(operands);
  return handler;
}

}  // namespace emulator::ptx
