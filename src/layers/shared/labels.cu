#include "layers/shared/indices.h"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

// How many labels are not classes.
void CountWrong(int64_t n, int64_t classes, const CudaLabels& labels,
                CudaSums* sums, float* wrong) {
  (*sums)(
      1, n,
      [=] __device__(int64_t, int64_t i) {
        const float label = labels.values[i];
        if (labels.ignores && label == labels.ignored) return 0;
        const bool is_class =
            label >= 0 && label < classes && label == floorf(label);
        return is_class ? 0 : 1;
      },
      StoreSum{wrong, false});
}

}  // namespace

bool CudaLabelCheck::AllAreClasses(int64_t n, int64_t classes,
                                   const CudaLabels& labels) {
  if (wrong_.empty()) wrong_ = Tensor(Shape{}, Device::kCuda);
  CountWrong(n, classes, labels, &sums_, wrong_.data());
  return wrong_.ToVector()[0] == 0;
}

CudaLabels CudaLabelCheck::Labels(const AxisView& view, const Tensor& labels,
                                  std::optional<int> ignored) {
  const CudaLabels read = ReadAgain(labels, ignored);
  // ReadLabels finds the first and says what it is.
  if (!AllAreClasses(labels.count(), view.extent, read)) {
    ReadLabels(view, Tensor(labels.shape(), labels.ToVector()), ignored);
  }
  return read;
}

CudaLabels CudaLabelCheck::Indices(const Tensor& tensor, int size,
                                   const std::string& what) {
  const CudaLabels read = ReadAgain(tensor, {});
  if (!AllAreClasses(tensor.count(), size, read)) {
    ReadIndices(Tensor(tensor.shape(), tensor.ToVector()), size, what);
  }
  return read;
}

void CudaNormalizer(LossParameter::NormalizationMode mode, const AxisView& view,
                    const CudaLabels& labels, CudaSums* sums, float* divisor) {
  (*sums)(
      1, view.positions(),
      [=] __device__(int64_t, int64_t i) {
        return labels[i] == kIgnored ? 0 : 1;
      },
      [=] __device__(int64_t, double counted) {
        *divisor = Normalizer(mode, view, static_cast<int64_t>(counted));
      });
}

}  // namespace doppio
