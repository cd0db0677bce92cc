#pragma once

#include <memory>

#include "device/upload.h"
#include "doppio/layer.h"

namespace doppio {

// Brings its bottom into another layout, or to another device. Inserted by the
// layout planner; no prototxt names it.
class Reorder final : public Layer {
 public:
  using Layer::Layer;

  void set_layout(LayoutPtr layout) { layout_ = std::move(layout); }
  // The bottom is what a data layer has read, and goes to the GPU while that
  // computes.
  void set_uploads(bool uploads) { uploads_ = uploads; }

  Shapes Reshape(const Shapes& bottoms) override {
    bytes_ = StorageBytes(bottoms[0], nullptr);
    return bottoms;
  }
  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    return {bottoms, {layout_}};
  }
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
  size_t own_bytes() const override { return uploads_ ? bytes_ : 0; }

 private:
  LayoutPtr layout_;
  bool uploads_ = false;
  size_t bytes_ = 0;
  std::unique_ptr<Upload> upload_;  // opened when it is first needed
};

}  // namespace doppio
