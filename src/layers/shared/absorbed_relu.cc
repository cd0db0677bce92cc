#include "layers/shared/absorbed_relu.h"

#include <algorithm>
#include <vector>

#include "device/math.h"
#include "layers/shared/storage.h"

namespace doppio {

void AbsorbedRelu::Apply(int64_t n, float* y) const {
  if (!any) return;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = Value(y[i]);
}

namespace {

void MaskPiece(const float* v, float slope, int64_t n, float* d) {
  // Compilers vectorise this form; with a factor of 1 or slope they branch.
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) {
    const float kept = d[i];
    const float scaled = slope * kept;
    d[i] = v[i] > 0 ? kept : scaled;
  }
}

// By way of floats, but for the usual slope of 0, where the bits will do.
void MaskPiece(const Bf16* v, float slope, int64_t n, Bf16* d) {
  if (slope == 0) {
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) {
      const bool positive = static_cast<int16_t>(v[i].bits) > 0;
      d[i].bits = positive ? d[i].bits : 0;
    }
    return;
  }
  constexpr int64_t kPiece = 512;
  std::vector<float> values, diffs;
  for (int64_t at = 0; at < n; at += kPiece) {
    const int64_t count = std::min(kPiece, n - at);
    LoadFloats(d + at, count, &diffs);
    MaskPiece(LoadFloats(v + at, count, &values), slope, count, diffs.data());
    StoreFloats(diffs.data(), count, d + at);
  }
}

}  // namespace

void AbsorbedRelu::Mask(const Tensor& y, Tensor* dy) const {
  if (!any) return;
  WithElementsOf(y, [&](auto element) {
    using T = decltype(element);
    const T* v = Stored<T>(y);
    T* d = Stored<T>(dy);
    ParallelFor(StoredCount(y), 0.3,
                [=, s = slope](int64_t begin, int64_t end) {
                  MaskPiece(v + begin, s, end - begin, d + begin);
                });
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
