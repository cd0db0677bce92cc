#pragma once

#include "doppio/layer.h"

namespace doppio {

// Brings its bottom into another layout, or to another device. Inserted by the
// layout planner; no prototxt names it.
class Reorder final : public Layer {
 public:
  using Layer::Layer;

  void set_layout(LayoutPtr layout) { layout_ = std::move(layout); }

  Shapes Reshape(const Shapes& bottoms) override { return bottoms; }
  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    return {bottoms, {layout_}};
  }
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 private:
  LayoutPtr layout_;
};

}  // namespace doppio
