#pragma once

#include <optional>
#include <string>

#include "layers/shared/labels.h"
#include "layers/shared/sums.cuh"

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

// Looks at labels before they are used, for which it waits for the device; a
// member of the layer, whose buffers it keeps.
class CudaLabelCheck {
 public:
  // Whether all of n values are whole numbers of [0, classes), or ignored.
  bool AllAreClasses(int64_t n, int64_t classes, const CudaLabels& labels);

  // Throws Error for a label that is neither a class nor `ignored`.
  CudaLabels Labels(const AxisView& view, const Tensor& labels,
                    std::optional<int> ignored);

  // A tensor's values as indices of [0, size), as ReadIndices of indices.h.
  CudaLabels Indices(const Tensor& tensor, int size, const std::string& what);

 private:
  CudaSums sums_;
  Tensor wrong_;  // how many
};

// The labels that a CudaLabelCheck has let pass, for Backward.
inline CudaLabels ReadAgain(const Tensor& labels, std::optional<int> ignored) {
  return {labels.data(), ignored.has_value(),
          static_cast<float>(ignored.value_or(0))};
}

// Writes what a loss is divided by, the Normalizer of labels.h.
void CudaNormalizer(LossParameter::NormalizationMode mode, const AxisView& view,
                    const CudaLabels& labels, CudaSums* sums, float* divisor);

}  // namespace doppio
