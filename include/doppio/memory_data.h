#pragma once

#include <cstdint>
#include <vector>

#include "doppio/layer.h"

namespace doppio {

// Images and labels that the program gives:
//
//   auto* data = dynamic_cast<MemoryData*>(net.layer("data"));
//   data->Reset(images, labels);
//   net.Forward();
//
// Tops: N x C x H x W as memory_data_param says, and labels N. When the last
// image was handed out, the first comes again.
class MemoryData final : public Layer {
 public:
  MemoryData(const LayerParameter& param, const Context& context);

  // C x H x W floats per image, one label each; as they are, without
  // transform_param. Throws Error unless they fill whole batches.
  void Reset(std::vector<float> images, std::vector<float> labels);
  // The same from records of a database, prepared as transform_param says.
  void Reset(const std::vector<Datum>& datums);

  LayerTraits traits() const override;
  Shapes Reshape(const Shapes& bottoms) override;
  // Throws Error before the first Reset.
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}
  int64_t position() const override { return position_; }
  void Seek(int64_t position) override { position_ = position; }

 private:
  const Shape batch_;
  std::vector<float> images_, labels_;
  int64_t position_ = 0;
};

}  // namespace doppio
