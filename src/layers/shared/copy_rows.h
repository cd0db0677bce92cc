#pragma once

#include <cstdint>

namespace doppio {

// Copies `rows` runs of `length` floats, whose starts are so far apart.
void CopyRows(int64_t rows, int64_t length, const float* from,
              int64_t from_stride, float* to, int64_t to_stride);

}  // namespace doppio
