#pragma once

#include "doppio/tensor.h"

namespace doppio {

// A tensor's storage as floats in the order in which they lie, padding
// included: for work that treats all elements alike.
inline int64_t StoredCount(const Tensor& tensor) {
  return tensor.bytes() / sizeof(float);
}
inline const float* Stored(const Tensor& tensor) {
  return static_cast<const float*>(tensor.storage());
}
inline float* Stored(Tensor* tensor) {
  return static_cast<float*>(tensor->storage());
}

}  // namespace doppio
