#pragma once

#include "doppio/layer.h"

namespace doppio {

// Joins its bottoms along one axis; the other dimensions are equal.
class Concat : public Layer {
 public:
  Concat(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  LayoutPlan PlanLayouts(const Layouts& bottoms) override;

 protected:
  int axis_ = 0;
  Shapes bottoms_;
  Shape top_;
};

}  // namespace doppio
