#pragma once

#include <cstdint>

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
  // Each bottom is rows that lie `offset` into the rows of the top.
  template <typename Part>
  void ForEachPart(Part part) {
    int64_t offset = 0;
    for (size_t i = 0; i < bottoms_.size(); ++i) {
      const int64_t row = bottoms_[i].count(axis_);
      part(i, offset, top_.count(0, axis_), row, top_.count(axis_));
      offset += row;
    }
  }

  int axis_ = 0;
  Shapes bottoms_;
  Shape top_;
};

}  // namespace doppio
