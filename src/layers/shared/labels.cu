#include "device/block.cuh"
#include "layers/shared/indices.h"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

// How many labels are not classes; one block.
__global__ void CountWrong(int64_t n, int64_t classes, CudaLabels labels,
                           float* wrong) {
  float count = 0;
  for (const int64_t i : BlockStride{n}) {
    const float label = labels.values[i];
    if (labels.ignores && label == labels.ignored) continue;
    const bool is_class =
        label >= 0 && label < classes && label == floorf(label);
    if (!is_class) count += 1;
  }
  count = BlockReduce(count, 0.f, Plus());
  if (threadIdx.x == 0) *wrong = count;
}

}  // namespace

bool AllAreClasses(int64_t n, int64_t classes, const CudaLabels& labels) {
  Tensor wrong(Shape{1}, Device::kCuda);
  Launch(Stream(), BlockPerRow<float>(1), CountWrong, n, classes, labels,
         wrong.data());
  return wrong.ToVector()[0] == 0;
}

CudaLabels CheckedLabels(const AxisView& view, const Tensor& labels,
                         std::optional<int> ignored) {
  const CudaLabels read = ReadAgain(labels, ignored);
  // ReadLabels finds the first and says what it is.
  if (!AllAreClasses(labels.count(), view.extent, read)) {
    ReadLabels(view, Tensor(labels.shape(), labels.ToVector()), ignored);
  }
  return read;
}

CudaLabels CheckedIndices(const Tensor& tensor, int size,
                          const std::string& what) {
  const CudaLabels read = ReadAgain(tensor, {});
  if (!AllAreClasses(tensor.count(), size, read)) {
    ReadIndices(Tensor(tensor.shape(), tensor.ToVector()), size, what);
  }
  return read;
}

}  // namespace doppio
