#include "layers/hdf5_data.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {

Hdf5DataCpu::Hdf5DataCpu(const LayerParameter& param, const Context& context)
    : Layer(param, context),
      batch_size_(static_cast<int>(param.hdf5_data_param().batch_size())) {
  Require(param.hdf5_data_param().has_source(),
          "hdf5_data_param needs a source, a file that lists HDF5 files");
  Require(batch_size_ > 0, "hdf5_data_param needs a batch_size of 1 or more");
  Require(!param.has_transform_param(),
          "HDF5 data are taken as they are; remove transform_param");
}

LayerTraits Hdf5DataCpu::traits() const {
  LayerTraits traits;
  traits.min_bottoms = traits.max_bottoms = 0;
  traits.max_tops = LayerTraits::kAny;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes Hdf5DataCpu::Reshape(const Shapes&) {
  if (!rows_) {
    rows_ = std::make_unique<Hdf5Rows>(
        param_.hdf5_data_param().source(),
        std::vector<std::string>(param_.top().begin(), param_.top().end()),
        param_.hdf5_data_param().shuffle(), context().seed(), name());
  }
  Shapes tops;
  for (int t = 0; t < top_count(); ++t) {
    std::vector<int> extents = rows_->row_shape(t).extents();
    extents.insert(extents.begin(), batch_size_);
    tops.emplace_back(extents);
  }
  return tops;
}

void Hdf5DataCpu::Forward(const Blobs&, const Blobs& tops) {
  const int64_t first = position_ + int64_t{context().rank()} * batch_size_;
  for (int i = 0; i < batch_size_; ++i) {
    std::vector<float*> to;
    for (size_t t = 0; t < tops.size(); ++t) {
      to.push_back(tops[t]->data.data() +
                   i * rows_->row_shape(static_cast<int>(t)).count());
    }
    rows_->Read(first + i, to);
  }
  position_ += int64_t{context().ranks()} * batch_size_;
}

namespace {
const RegisterLayer<Hdf5DataCpu> kHdf5Data("HDF5Data", Device::kCpu);
}  // namespace

}  // namespace doppio
