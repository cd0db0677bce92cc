#include "layers/shared/rearrange.h"

#include "device/math.h"

namespace doppio {

void PermuteAxes(const Shape& shape, const std::vector<int>& order,
                 const float* from, float* to) {
  const int axes = shape.axes();
  if (shape.count() == 0) return;
  if (axes == 0) {
    *to = *from;
    return;
  }
  std::vector<int64_t> extents, strides;  // of `to`; into `from`
  for (const int axis : order) {
    extents.push_back(shape[axis]);
    strides.push_back(shape.count(axis + 1));
  }
  const int64_t length = extents[axes - 1];
  const int64_t stride = strides[axes - 1];
  const auto copy_row = [&](int64_t row) {
    int64_t rest = row, offset = 0;
    for (int i = axes - 2; i >= 0; --i) {
      offset += rest % extents[i] * strides[i];
      rest /= extents[i];
    }
    const float* source = from + offset;
    float* target = to + row * length;
    for (int64_t i = 0; i < length; ++i) target[i] = source[i * stride];
  };
  ParallelFor(shape.count() / length, 10 + length * 0.5,
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) copy_row(row);
              });
}

LayerTraits Rearrangement::traits() const {
  LayerTraits t;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

void Rearrangement::Forward(const Blobs& bottoms, const Blobs& tops) {
  Move(view_, order_, bottoms[0]->data.data(), tops[0]->data.data());
}

void Rearrangement::Backward(const Blobs& tops, const Blobs& bottoms) {
  if (!propagate_down(0)) return;
  Shape permuted = view_;
  std::vector<int> inverse(order_.size());
  for (size_t i = 0; i < order_.size(); ++i) {
    permuted[static_cast<int>(i)] = view_[order_[i]];
    inverse[order_[i]] = static_cast<int>(i);
  }
  Move(permuted, inverse, tops[0]->diff.data(), bottoms[0]->diff.data());
}

}  // namespace doppio
