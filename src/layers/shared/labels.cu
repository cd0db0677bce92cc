#include "device/block.cuh"
#include "layers/shared/labels.cuh"

namespace doppio {
namespace {

// How many labels are not classes; one block.
__global__ void CountWrong(int64_t n, int classes, CudaLabels labels,
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

CudaLabels CheckedLabels(const AxisView& view, const Tensor& labels,
                         std::optional<int> ignored) {
  const CudaLabels read = {labels.data(), ignored.has_value(),
                           static_cast<float>(ignored.value_or(0))};
  Tensor wrong(Shape{1}, Device::kCuda);
  Launch(Stream(), BlockPerRow<float>(1), CountWrong, labels.count(),
         view.extent, read, wrong.data());
  // ReadLabels finds the first and says what it is.
  if (wrong.ToVector()[0] > 0) {
    ReadLabels(view, Tensor(labels.shape(), labels.ToVector()), ignored);
  }
  return read;
}

}  // namespace doppio
