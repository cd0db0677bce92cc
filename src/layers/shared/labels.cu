#include "device/deferred_faults.cuh"
#include "layers/shared/indices.h"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

// How many labels are not classes, for `store`.
void CountWrong(int64_t n, const CudaLabels& labels, CudaSums* sums,
                const StoreSum& store) {
  (*sums)(
      1, n,
      [=] __device__(int64_t, int64_t i) {
        const float label = labels.values[i];
        if (labels.ignores && label == labels.ignored) return 0;
        const bool is_class =
            label >= 0 && label < labels.classes && label == floorf(label);
        return is_class ? 0 : 1;
      },
      store);
}

}  // namespace

bool CudaLabelCheck::AllAreClasses(int64_t n, const CudaLabels& labels) {
  if (wrong_.empty()) wrong_ = Tensor(Shape{}, Device::kCuda);
  CountWrong(n, labels, &sums_, {wrong_.data(), false});
  return wrong_.ToVector()[0] == 0;
}

bool CudaLabelCheck::Pass(const Context& context, int64_t n,
                          const CudaLabels& labels) {
  float* const faults = DeferredFaults(context);
  // Where there is no class at all, nothing can count as the first.
  if (faults == nullptr || labels.classes == 0) return AllAreClasses(n, labels);
  CountWrong(n, labels, &sums_, {faults, true});
  return true;
}

CudaLabels CudaLabelCheck::Labels(const Context& context, const AxisView& view,
                                  const Tensor& labels,
                                  std::optional<int> ignored) {
  const CudaLabels read = ReadAgain(labels, view.extent, ignored);
  // ReadLabels finds the first and says what it is.
  if (!Pass(context, labels.count(), read)) {
    ReadLabels(view, Tensor(labels.shape(), labels.ToVector()), ignored);
  }
  return read;
}

CudaLabels CudaLabelCheck::Indices(const Context& context, const Tensor& tensor,
                                   int size, const std::string& what) {
  const CudaLabels read = ReadAgain(tensor, size, {});
  if (!Pass(context, tensor.count(), read)) {
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
