#pragma once

#include <cstdint>
#include <vector>

#include "doppio/tensor.h"

namespace doppio {

// Where the elements of a row-major tensor lie in another one, each axis with a
// stride of its own there.
struct StridedView {
  static constexpr int kMostAxes = 32;  // Caffe's limit

  StridedView(const std::vector<int>& extents,
              const std::vector<int64_t>& strides, int64_t first);

  constexpr int64_t operator[](int64_t index) const {
    int64_t at = first;
    for (int a = axes - 1; a >= 0; --a) {
      at += index % extents[a] * strides[a];
      index /= extents[a];
    }
    return at;
  }

  int64_t count = 1;
  int64_t first = 0;  // where element 0 lies
  int axes = 0;
  int extents[kMostAxes] = {};
  int64_t strides[kMostAxes] = {};
};

// to[i] = from[view[i]], for all elements of the view.
void CudaGather(const StridedView& view, const float* from, float* to);
// to[view[i]] = from[i].
void CudaScatter(const StridedView& view, const float* from, float* to);

}  // namespace doppio
