#include "layers/reorg.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Reorg::Reorg(const LayerParameter& param, const Context& context)
    : Rearrangement(param, context) {
  constexpr uint32_t kLargest = 1024;  // its square is still an int
  const uint32_t stride = param.reorg_param().stride();
  Require(stride >= 1 && stride <= kLargest, "reorg_param has stride: ", stride,
          "; give 1 to ", kLargest);
}

Shapes Reorg::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  const int s = static_cast<int>(param_.reorg_param().stride());
  Require(x.axes() == 4, "needs a bottom of 4 axes (N x C x H x W), not ", x);
  Require(x[1] % (s * s) == 0, "the ", x[1],
          " channels must be a multiple of stride^2 = ", s * s);
  const int deep = x[1] / (s * s);
  if (param_.reorg_param().reverse()) {
    view_ = {x[0], s, s, deep, x[2], x[3]};
    order_ = {0, 3, 4, 1, 5, 2};
    return {{x[0], deep, x[2] * s, x[3] * s}};
  }
  Require(x[2] % s == 0 && x[3] % s == 0, "an image of ", x[2], " x ", x[3],
          " does not part into blocks of ", s, " x ", s);
  view_ = {x[0], deep, x[2], s, x[3], s};
  order_ = {0, 3, 5, 1, 2, 4};
  return {{x[0], x[1] * s * s, x[2] / s, x[3] / s}};
}

namespace {

const RegisterLayer<Reorg> kReorgCpu("Reorg", Device::kCpu);

}  // namespace
}  // namespace doppio
