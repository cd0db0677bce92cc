#pragma once

#include "layers/shared/rearrange.h"
#include "layers/shared/strided.cuh"

namespace doppio {

// The CUDA half of a Rearrangement.
template <typename L>
class RearrangedOnCuda final : public L {
 public:
  using L::L;

 protected:
  void Move(const Shape& shape, const std::vector<int>& order,
            const float* from, float* to) const override {
    std::vector<int> extents;
    std::vector<int64_t> strides;
    for (const int axis : order) {
      extents.push_back(shape[axis]);
      strides.push_back(shape.count(axis + 1));
    }
    CudaGather(StridedView(extents, strides, 0), from, to);
  }
};

}  // namespace doppio
