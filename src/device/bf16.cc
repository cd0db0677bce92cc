#include "device/bf16.h"

#include "device/onednn.h"

namespace doppio {

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
