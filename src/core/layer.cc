#include "doppio/layer.h"

#include <glog/logging.h>

#include <algorithm>

#include "doppio/error.h"

namespace doppio {

int Layer::top_count() const {
  const LayerTraits t = traits();
  return std::max(param_.top_size(), t.automatic_tops ? t.min_tops : 0);
}

LayoutPlan Layer::PlanLayouts(const Layouts& bottoms) {
  const size_t tops = top_count();
  if (!traits().elementwise || bottoms.empty()) {
    return {Layouts(bottoms.size()), Layouts(tops)};
  }
  // The first bottom decides; the others are brought into its layout.
  return {Layouts(bottoms.size(), bottoms[0]), Layouts(tops, bottoms[0])};
}

void Layer::DeclareParam(size_t index, const Shape& shape,
                         const FillerParameter& filler) {
  if (index < params_.size()) {
    Require(params_[index].shape == shape, "its parameter ", index,
            " has shape ", params_[index].shape, ", but this input needs ",
            shape);
    return;
  }
  CHECK_EQ(index, params_.size());
  Parameter param;
  param.shape = shape;
  param.filler = filler;
  params_.push_back(std::move(param));
}

}  // namespace doppio
