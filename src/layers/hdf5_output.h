#pragma once

#include <memory>

#include "doppio/layer.h"
#include "io/hdf5.h"

namespace doppio {

// Writes its bottoms to the data sets "data" and "label" of an HDF5 file, as
// N x C x H x W. Batches follow each other along the first axis.
class Hdf5OutputCpu final : public Layer {
 public:
  Hdf5OutputCpu(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  bool Differentiable(int) const override { return false; }
  Shapes Reshape(const Shapes& bottoms) override;
  // The file is made at the first pass, and complete after each.
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}

 private:
  std::unique_ptr<Hdf5Appender> file_;
};

}  // namespace doppio
