#pragma once

#include <optional>
#include <string>

#include "layers/shared/labels.h"

namespace doppio {

// The labels of positions, as a kernel reads them.
struct CudaLabels {
  const float* values;
  bool ignores;
  float ignored;

  // The class of a position, or kIgnored.
  constexpr int operator[](int64_t position) const {
    const float label = values[position];
    return ignores && label == ignored ? kIgnored : static_cast<int>(label);
  }
};

// Whether all of n values are whole numbers of [0, classes), or ignored. Waits
// for the device.
bool AllAreClasses(int64_t n, int64_t classes, const CudaLabels& labels);

// Throws Error for a label that is neither a class nor `ignored`. Waits for the
// device.
CudaLabels CheckedLabels(const AxisView& view, const Tensor& labels,
                         std::optional<int> ignored);

// The labels that CheckedLabels has let pass, for Backward.
inline CudaLabels ReadAgain(const Tensor& labels, std::optional<int> ignored) {
  return {labels.data(), ignored.has_value(),
          static_cast<float>(ignored.value_or(0))};
}

// A tensor's values as indices of [0, size), as ReadIndices of indices.h.
CudaLabels CheckedIndices(const Tensor& tensor, int size,
                          const std::string& what);

}  // namespace doppio
