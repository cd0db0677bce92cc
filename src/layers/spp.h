#pragma once

#include <memory>
#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Spatial pyramid pooling: pools the image into 1 x 1, 2 x 2, 4 x 4, ...
// windows and joins the results, so that the size of the top does not depend on
// that of the image. (He et al. 2014, arXiv:1406.4729)
//   bottom: N x C x H x W
//   top:    N x (C * (4^pyramid_height - 1) / 3), or N x C x 1 x 1 for one
//   level
class Spp : public Layer {
 public:
  Spp(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  bool Differentiable(int bottom) const override;
  LayoutPlan PlanLayouts(const Layouts& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs& tops, const Blobs& bottoms) override;

 protected:
  // Copies rows, as CopyRows does, and y += x, on the layer's device.
  virtual void CopyPart(int64_t rows, int64_t length, const float* from,
                        int64_t from_stride, float* to,
                        int64_t to_stride) const;
  virtual void Add(int64_t n, const float* x, float* y) const;

 private:
  // A Pooling layer and what it gives.
  struct Level {
    std::unique_ptr<Layer> pooling;
    Shape shape;
    Blob top;  // empty until it runs
  };
  Level MakeLevel(int index, const Shape& bottom) const;

  const int height_;
  std::vector<Level> levels_;
  Blob bottom_;  // its diff is that of one level
};

}  // namespace doppio
