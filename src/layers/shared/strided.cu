#include "device/launch.cuh"
#include "doppio/error.h"
#include "layers/shared/strided.cuh"

namespace doppio {

StridedView::StridedView(const std::vector<int>& extents_of,
                         const std::vector<int64_t>& strides_of, int64_t from)
    : first(from), axes(static_cast<int>(extents_of.size())) {
  Require(axes <= kMostAxes, "a bottom of ", axes, " axes has more than the ",
          kMostAxes, " that the GPU's half takes");
  for (int a = 0; a < axes; ++a) {
    extents[a] = extents_of[a];
    strides[a] = strides_of[a];
    count *= extents[a];
  }
}

void CudaGather(const StridedView& view, const float* from, float* to) {
  ForEach(Stream(), view.count,
          [=] __device__(int64_t i) { to[i] = from[view[i]]; });
}

void CudaScatter(const StridedView& view, const float* from, float* to) {
  ForEach(Stream(), view.count,
          [=] __device__(int64_t i) { to[view[i]] = from[i]; });
}

}  // namespace doppio
