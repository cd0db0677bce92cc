#include "layers/permute.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Shapes Permute::Reshape(const Shapes& bottoms) {
  const Shape& x = bottoms[0];
  std::vector<bool> taken(x.axes(), false);
  order_.clear();
  for (const uint32_t axis : param_.permute_param().order()) {
    Require(axis < taken.size(), "permute_param has order: ", axis,
            ", but a bottom of ", x, " has axes 0 to ", x.axes() - 1);
    Require(!taken[axis], "permute_param has order: ", axis, " twice");
    taken[axis] = true;
    order_.push_back(static_cast<int>(axis));
  }
  for (int axis = 0; axis < x.axes(); ++axis) {
    if (!taken[axis]) order_.push_back(axis);
  }
  view_ = x;
  Shape y = x;
  for (int i = 0; i < x.axes(); ++i) y[i] = x[order_[i]];
  return {y};
}

namespace {

const RegisterLayer<Permute> kPermuteCpu("Permute", Device::kCpu);

}  // namespace
}  // namespace doppio
