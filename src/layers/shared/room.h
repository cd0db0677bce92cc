#pragma once

#include <cstdint>

#include "doppio/tensor.h"

namespace doppio {

// A layer's buffer of so many floats on a device; made anew, and then zeros,
// only where the buffer has another size.
inline float* Room(int64_t floats, Device device, Tensor* buffer) {
  if (buffer->empty() || buffer->count() != floats) {
    *buffer = Tensor(Shape{static_cast<int>(floats)}, device);
  }
  return buffer->data();
}

}  // namespace doppio
