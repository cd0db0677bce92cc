#include "layers/shared/channels.h"

#include <algorithm>

#include "device/onednn.h"

namespace doppio {

ChannelView ViewChannels(const Shape& shape, const LayoutPtr& layout) {
  ChannelView view;
  view.number = shape[0];
  view.lanes = std::max(1, ChannelBlock(layout));
  if (shape.axes() > 1) {
    view.channels = shape[1];
    view.inner = shape.count(2);
  }
  return view;
}

void KeptBottom::Keep(const Tensor& bottom, const Tensor& top) {
  if (bottom.storage() != top.storage()) return;
  if (copy_.empty() || copy_.shape() != bottom.shape() ||
      !SameLayout(copy_.layout(), bottom.layout())) {
    copy_ = Tensor(bottom.shape(), bottom.device(), bottom.layout());
  }
  copy_.CopyFrom(bottom);
}

}  // namespace doppio
