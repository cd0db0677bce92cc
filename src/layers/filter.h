#pragma once

#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Lets those images pass for which the last bottom, the selector, is not 0.
//   bottoms: any number of N x ..., and N selectors
//   tops:    for each bottom but the selector, the M images selected, which is
//            known only when it runs
class Filter final : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override {
    return bottom < param_.bottom_size() - 1;
  }
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 private:
  void CopyImage(int64_t count, const float* from, float* to) const;

  std::vector<int> selected_;  // images, in the last Forward
};

}  // namespace doppio
