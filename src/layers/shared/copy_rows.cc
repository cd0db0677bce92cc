#include "layers/shared/copy_rows.h"

#include <algorithm>

#include "device/math.h"

namespace doppio {

void CopyRows(int64_t rows, int64_t length, const float* from,
              int64_t from_stride, float* to, int64_t to_stride) {
  // Shared out by elements, as there may be fewer rows than threads.
  ParallelFor(rows * length, 0.3, [=](int64_t begin, int64_t end) {
    while (begin < end) {
      const int64_t row = begin / length;
      const int64_t at = begin % length;
      const int64_t n = std::min(length - at, end - begin);
      std::copy_n(from + row * from_stride + at, n, to + row * to_stride + at);
      begin += n;
    }
  });
}

}  // namespace doppio
