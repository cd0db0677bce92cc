#include "layers/shared/channel_blocks.h"

#include <glog/logging.h>

#include "device/onednn.h"

namespace doppio {
namespace {

using dnnl::memory;

memory::format_tag Tag(int axes, int channels) {
  using tag = memory::format_tag;
  if (channels == 8) {
    if (axes == 3) return tag::nCw8c;
    if (axes == 4) return tag::nChw8c;
    if (axes == 5) return tag::nCdhw8c;
  }
  if (channels == 16) {
    if (axes == 3) return tag::nCw16c;
    if (axes == 4) return tag::nChw16c;
    if (axes == 5) return tag::nCdhw16c;
  }
  return tag::undef;
}

}  // namespace

int ChannelsPerBlock(const Shape& shape, const LayoutPtr& layout) {
  if (!layout) return 0;
  const memory::desc desc = DescOf(shape, layout);
  for (const int channels : {8, 16}) {
    const memory::format_tag tag = Tag(shape.axes(), channels);
    if (tag == memory::format_tag::undef) continue;
    if (desc == memory::desc(desc.dims(), memory::data_type::f32, tag)) {
      return channels;
    }
  }
  return 0;
}

LayoutPtr BlockedLayout(const Context& context, const Shape& shape,
                        int channels) {
  const memory::format_tag tag = Tag(shape.axes(), channels);
  CHECK(tag != memory::format_tag::undef) << shape << ", " << channels;
  return LayoutOf(context,
                  {AnyDesc(shape).dims(), memory::data_type::f32, tag});
}

}  // namespace doppio
