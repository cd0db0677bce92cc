#include "layers/shuffle_channel.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Shapes ShuffleChannel::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  const int group = static_cast<int>(param_.shuffle_channel_param().group());
  Require(x.axes() >= 2, "needs a bottom of N x C x ..., not ", x);
  Require(group > 0 && x[1] % group == 0, x[1],
          " channels cannot be split into ", group, " groups");
  view_ = {x[0], group, x[1] / group, static_cast<int>(x.count(2))};
  order_ = {0, 2, 1, 3};
  return {x};
}

namespace {

const RegisterLayer<ShuffleChannel> kShuffleChannelCpu("ShuffleChannel",
                                                       Device::kCpu);

}  // namespace
}  // namespace doppio
