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
// As many of them as there are, then zeros.
inline Vec Load(const float* from, int count) {
  if (count >= kLanes) return Load(from);
  Vec v = {};
  std::memcpy(&v, from, count * sizeof(float));
  return v;
}
inline void Store(float* to, const Vec& v) { std::memcpy(to, &v, sizeof v); }

}  // namespace doppio
