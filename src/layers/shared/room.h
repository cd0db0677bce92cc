#pragma once

#include <cstdint>
#include <limits>

#include "doppio/error.h"
#include "doppio/tensor.h"

namespace doppio {

// A layer's buffer of so many floats on a device; made anew, and then zeros,
// only where the buffer has another size.
inline float* Room(int64_t floats, Device device, Tensor* buffer) {
  Require(floats <= std::numeric_limits<int>::max(), "a buffer of ", floats,
          " floats has more than the ", std::numeric_limits<int>::max(),
          " that a tensor can count; make the batch smaller");
  if (buffer->empty() || buffer->count() != floats) {
    *buffer = Tensor(Shape{static_cast<int>(floats)}, device);
  }
  return buffer->data();
}

}  // namespace doppio
