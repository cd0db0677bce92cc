#include "layers/hdf5_output.h"

#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// With at least four axes, as Caffe's files have them.
Shape Padded(const Shape& shape) {
  constexpr int kAxes = 4;
  std::vector<int> extents = shape.extents();
  while (extents.size() < kAxes) extents.push_back(1);
  return Shape(extents);
}

const RegisterLayer<Hdf5OutputCpu> kHdf5Output("HDF5Output", Device::kCpu);

}  // namespace

Hdf5OutputCpu::Hdf5OutputCpu(const LayerParameter& param,
                             const Context& context)
    : Layer(param, context) {
  Require(param.hdf5_output_param().has_file_name(),
          "hdf5_output_param needs a file_name");
  Require(context.ranks() == 1,
          "writes one file, but several GPUs train, each in a process of its "
          "own; leave it out, or train on one GPU");
}

LayerTraits Hdf5OutputCpu::traits() const {
  LayerTraits traits;
  traits.min_bottoms = traits.max_bottoms = 2;
  traits.min_tops = traits.max_tops = 0;
  traits.backward_reads_bottoms = false;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes Hdf5OutputCpu::Reshape(const Shapes& bottoms) {
  for (const Shape& bottom : bottoms) {
    Require(bottom.axes() > 0, "a scalar has no rows to write");
  }
  Require(bottoms[0][0] == bottoms[1][0], "writes ", bottoms[0][0],
          " rows of data, but ", bottoms[1][0], " labels");
  return {};
}

void Hdf5OutputCpu::Forward(const Blobs& bottoms, const Blobs&) {
  if (!file_) file_ = AppendToHdf5(param_.hdf5_output_param().file_name());
  const char* const kNames[] = {"data", "label"};
  for (int b = 0; b < 2; ++b) {
    const Tensor& data = bottoms[b]->data;
    file_->Append(kNames[b], Padded(data.shape()), data.data());
  }
}

}  // namespace doppio
