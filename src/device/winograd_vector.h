#pragma once

#include <cstring>

namespace doppio {

// One AVX-512 register, by the compiler's vector extension.
constexpr int kLanes = 16;
typedef float Vec __attribute__((vector_size(kLanes * sizeof(float))));

inline Vec Load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void Store(float* to, const Vec& v) { std::memcpy(to, &v, sizeof v); }

}  // namespace doppio
