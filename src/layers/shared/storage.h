#pragma once

#include <vector>

#include "device/bf16.h"
#include "doppio/tensor.h"

namespace doppio {

// A tensor's storage as elements in the order in which they lie, padding
// included: for work that treats all elements alike.
inline int64_t StoredCount(const Tensor& tensor) {
  const size_t bytes = IsBf16(tensor.layout()) ? sizeof(Bf16) : sizeof(float);
  return tensor.bytes() / bytes;
}
template <typename T = float>
const T* Stored(const Tensor& tensor) {
  return static_cast<const T*>(tensor.storage());
}
template <typename T = float>
T* Stored(Tensor* tensor) {
  return static_cast<T*>(tensor->storage());
}

// Calls body with something of the type of the tensor's elements, for layers
// that take bfloat16: their loops convert what they load and store.
template <typename Body>
void WithElementsOf(const Tensor& tensor, Body body) {
  if (IsBf16(tensor.layout())) {
    body(Bf16());
  } else {
    body(float());
  }
}

// For kernels that know floats only, a part of a tensor at a time: floats are
// taken as they lie, bfloat16 by way of a buffer.
inline const float* LoadFloats(const float* stored, int64_t,
                               std::vector<float>*) {
  return stored;
}
inline const float* LoadFloats(const Bf16* stored, int64_t count,
                               std::vector<float>* buffer) {
  buffer->resize(count);
  float* const values = buffer->data();
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) values[i] = stored[i];
  return values;
}

// Where to write what StoreFloats then brings to its place.
inline float* RoomForFloats(float* stored, int64_t, std::vector<float>*) {
  return stored;
}
inline float* RoomForFloats(Bf16*, int64_t count, std::vector<float>* buffer) {
  buffer->resize(count);
  return buffer->data();
}
inline void StoreFloats(const float*, int64_t, float*) {}
inline void StoreFloats(const float* values, int64_t count, Bf16* stored) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) stored[i] = values[i];
}

}  // namespace doppio
