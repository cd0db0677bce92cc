#pragma once

#include "doppio/layer.h"

namespace doppio {

// Takes blobs that nobody needs, so that they are not outputs of the net. Their
// gradient is zero.
class Silence final : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes&) override { return {}; }
  LayoutPlan PlanLayouts(const Layouts& bottoms) override {
    return {bottoms, {}};
  }
  void Forward(const Blobs&, const Blobs&) override {}
  void Backward(const Blobs& tops, const Blobs& bottoms) override;
};

}  // namespace doppio
