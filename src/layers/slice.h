#pragma once

#include "doppio/layer.h"

namespace doppio {

// Cuts its bottom into several tops along one axis, at slice_point or into
// equal parts.
class Slice : public Layer {
 public:
  Slice(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  LayoutPlan PlanLayouts(const Layouts& bottoms) override;

 protected:
  // The extents of the tops along an axis of this extent.
  std::vector<int> Parts(int extent) const;

  int axis_ = 0;
  Shape bottom_;
  Shapes tops_;
};

}  // namespace doppio
