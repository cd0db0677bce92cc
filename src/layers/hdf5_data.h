#pragma once

#include <memory>

#include "data/hdf5_rows.h"
#include "doppio/layer.h"

namespace doppio {

// Each top takes the rows of the data set of its name; see hdf5_data_param.
class Hdf5DataCpu final : public Layer {
 public:
  Hdf5DataCpu(const LayerParameter& param, const Context& context);
  LayerTraits traits() const override;
  // Opens every file of the list, to count its rows.
  Shapes Reshape(const Shapes& bottoms) override;
  void Forward(const Blobs& bottoms, const Blobs& tops) override;
  void Backward(const Blobs&, const Blobs&) override {}
  int64_t position() const override { return position_; }
  void Seek(int64_t position) override { position_ = position; }

 private:
  const int batch_size_;
  std::unique_ptr<Hdf5Rows> rows_;
  int64_t position_ = 0;
};

}  // namespace doppio
