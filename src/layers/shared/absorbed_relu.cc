#include "layers/shared/absorbed_relu.h"

#include "device/math.h"
#include "layers/shared/storage.h"

namespace doppio {

void AbsorbedRelu::Apply(int64_t n, float* y) const {
  if (!any) return;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = Value(y[i]);
}

void AbsorbedRelu::Mask(const Tensor& y, Tensor* dy) const {
  if (!any) return;
  const float* v = Stored(y);
  float* d = Stored(dy);
  ParallelFor(StoredCount(y), 0.3, [=, s = slope](int64_t begin, int64_t end) {
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) d[i] *= v[i] > 0 ? 1 : s;
  });
}

bool IsAbsorbableRelu(const Layer& layer) {
  return layer.type() == "ReLU" &&
         layer.param().relu_param().negative_slope() >= 0;
}

AbsorbedRelu ReluAmong(const std::vector<Layer*>& absorbed) {
  if (absorbed.empty() || !IsAbsorbableRelu(*absorbed.back())) return {};
  return {true, absorbed.back()->param().relu_param().negative_slope()};
}

}  // namespace doppio
