#pragma once

#include <optional>

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

// Throws Error for a label that is neither a class nor `ignored`. Waits for the
// device.
CudaLabels CheckedLabels(const AxisView& view, const Tensor& labels,
                         std::optional<int> ignored);

}  // namespace doppio
