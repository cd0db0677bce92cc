#include "device/bf16.h"

#include <cstring>

#include "device/math.h"
#include "device/onednn.h"

namespace doppio {

void InterleaveRows(const float* rows, int64_t count, Bf16* pairs) {
  constexpr int64_t kRow = 64;
  ParallelFor(count / (2 * kRow), 10, [=](int64_t begin, int64_t end) {
    for (int64_t pair = begin; pair < end; ++pair) {
      const float* const upper = rows + pair * 2 * kRow;
      const float* const lower = upper + kRow;
      uint32_t words[kRow];  // the first of a pair in the lower half
#pragma omp simd
      for (int64_t i = 0; i < kRow; ++i) {
        const uint32_t first = Bf16(upper[i]).bits;
        const uint32_t second = Bf16(lower[i]).bits;
        words[i] = first | second << 16;
      }
      std::memcpy(pairs + pair * 2 * kRow, words, sizeof words);
    }
  });
}

bool HasBf16() {
  const auto wanted = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  const auto here = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  return (here & wanted) == wanted;
}

bool IsBf16(const LayoutPtr& layout) {
  return layout && DescOf({}, layout).data.data_type == dnnl_bf16;
}

LayoutPtr AsFloat(const Context& context, const LayoutPtr& layout) {
  if (!IsBf16(layout)) return layout;
  dnnl::memory::desc desc = DescOf({}, layout);
  desc.data.data_type = dnnl_f32;
  return LayoutOf(context, desc);
}

LayoutPtr PlainBf16(const Context& context, const Shape& shape) {
  dnnl::memory::desc desc = DescOf(shape, nullptr);
  desc.data.data_type = dnnl_bf16;
  return LayoutOf(context, desc);
}

}  // namespace doppio
