#pragma once

#include "doppio/layer.h"

namespace doppio {

// Mean-variance normalization: (x - mean) / (standard deviation + eps), with
// the statistics of each channel of each image, or with across_channels of each
// image.
class Mvn : public Layer {
 public:
  using Layer::Layer;
  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;

 protected:
  int64_t rows_ = 0;    // each with statistics of its own
  int64_t length_ = 0;  // elements in a row
};

}  // namespace doppio
