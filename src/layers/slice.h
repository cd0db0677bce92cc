#pragma once

#include <cstdint>

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
  // Each top is rows that lie `offset` into the rows of the bottom.
  template <typename Part>
  void ForEachPart(Part part) {
    int64_t offset = 0;
    for (size_t i = 0; i < tops_.size(); ++i) {
      const int64_t row = tops_[i].count(axis_);
      part(i, offset, bottom_.count(0, axis_), row, bottom_.count(axis_));
      offset += row;
    }
  }

  // The extents of the tops along an axis of this extent.
  std::vector<int> Parts(int extent) const;

  int axis_ = 0;
  Shape bottom_;
  Shapes tops_;
};

}  // namespace doppio
