#pragma once

#include <optional>
#include <string>

#include "layers/shared/labels.h"
#include "layers/shared/sums.cuh"

namespace doppio {

// The labels of positions, as a kernel reads them.
struct CudaLabels {
  const float* values;
  int64_t classes;
  bool ignores;
  float ignored;

  // The class of a position, or kIgnored. What is no class and will be refused
  // later counts as the first until then.
  constexpr int operator[](int64_t position) const {
    const float label = values[position];
    if (ignores && label == ignored) return kIgnored;
    return label >= 0 && label < classes ? static_cast<int>(label) : 0;
  }
};

// Looks at labels before they are used, for which it waits for the device, or
// counts among the DeferredFaults those that are no classes; a member of the
// layer, whose buffers it keeps.
class CudaLabelCheck {
 public:
  // Whether all of n values are whole numbers of [0, classes), or ignored.
  bool AllAreClasses(int64_t n, const CudaLabels& labels);

  // Throws Error for a label that is neither a class nor `ignored`.
  CudaLabels Labels(const Context& context, const AxisView& view,
                    const Tensor& labels, std::optional<int> ignored);

  // A tensor's values as indices of [0, size), as ReadIndices of indices.h.
  CudaLabels Indices(const Context& context, const Tensor& tensor, int size,
                     const std::string& what);

 private:
  bool Pass(const Context& context, int64_t n, const CudaLabels& labels);

  CudaSums sums_;
  Tensor wrong_;  // how many
};

// The labels that a CudaLabelCheck has let pass, for Backward.
inline CudaLabels ReadAgain(const Tensor& labels, int64_t classes,
                            std::optional<int> ignored) {
  return {labels.data(), classes, ignored.has_value(),
          static_cast<float>(ignored.value_or(0))};
}

// Writes what a loss is divided by, the Normalizer of labels.h.
void CudaNormalizer(LossParameter::NormalizationMode mode, const AxisView& view,
                    const CudaLabels& labels, CudaSums* sums, float* divisor);

}  // namespace doppio
