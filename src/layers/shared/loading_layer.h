#pragma once

#include <memory>

#include "data/loader.h"
#include "doppio/layer.h"

namespace doppio {

// A layer whose tops are the batches of a Loader: images N x C x H x W and, if
// named, their labels N. The top's memory is the batch's own.
class LoadingLayer : public Layer {
 public:
  using Layer::Layer;

  LayerTraits traits() const override;
  // Opens the data set, and looks at the image that comes next.
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}

  int64_t position() const override;
  void Seek(int64_t position) override;

  // Opens the data set if nothing has needed it yet.
  Loader& loader();

 protected:
  virtual std::unique_ptr<Loader> Open() const = 0;

  // What both layers set alike.
  Loader::Options LoaderOptions(uint32_t batch_size) const;

 private:
  std::unique_ptr<Loader> loader_;  // opened when it is first needed
};

}  // namespace doppio
