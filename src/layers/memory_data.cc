#include "doppio/memory_data.h"

#include <algorithm>

#include "data/transformer.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

Shape BatchShape(const MemoryDataParameter& param) {
  const Shape shape = {
      static_cast<int>(param.batch_size()), static_cast<int>(param.channels()),
      static_cast<int>(param.height()), static_cast<int>(param.width())};
  Require(shape.count() > 0, "memory_data_param needs batch_size, channels, ",
          "height and width of 1 or more; they are ", shape);
  return shape;
}

const RegisterLayer<MemoryData> kMemoryData("MemoryData", Device::kCpu);

}  // namespace

MemoryData::MemoryData(const LayerParameter& param, const Context& context)
    : Layer(param, context), batch_(BatchShape(param.memory_data_param())) {}

void MemoryData::Reset(std::vector<float> images, std::vector<float> labels) {
  const size_t size = batch_.count() / batch_[0];
  Require(images.size() == labels.size() * size, "layer \"", name(),
          "\": ", images.size(), " numbers are not ", labels.size(),
          " images of ", batch_[1], " x ", batch_[2], " x ", batch_[3]);
  Require(!labels.empty() && labels.size() % batch_[0] == 0, "layer \"", name(),
          "\": ", labels.size(), " images do not fill batches of ", batch_[0]);
  images_ = std::move(images);
  labels_ = std::move(labels);
  position_ = 0;
}

void MemoryData::Reset(const std::vector<Datum>& datums) {
  const Transformer transformer(param_.transform_param(), param_.phase(),
                                context().seed(), name());
  const Shape wanted = {batch_[1], batch_[2], batch_[3]};
  std::vector<float> images(datums.size() * wanted.count()), labels;
  for (const Datum& datum : datums) {
    const int64_t index = static_cast<int64_t>(labels.size());
    const Image image = transformer.Prepare(datum, index);
    const Shape shape = transformer.OutputShape(image);
    Require(shape == wanted, "layer \"", name(), "\": image ", index, " is ",
            shape, ", but memory_data_param says ", wanted);
    transformer.Write(image, index, images.data() + index * wanted.count());
    labels.push_back(static_cast<float>(datum.label()));
  }
  Reset(std::move(images), std::move(labels));
}

LayerTraits MemoryData::traits() const {
  LayerTraits traits;
  traits.min_bottoms = traits.max_bottoms = 0;
  traits.min_tops = traits.max_tops = 2;
  traits.backward_reads_tops = false;
  return traits;
}

Shapes MemoryData::Reshape(const Shapes&) { return {batch_, {batch_[0]}}; }

void MemoryData::Forward(const Blobs&, const Blobs& tops) {
  Require(!labels_.empty(),
          "was given no data; a program must call Reset before the first pass");
  const int64_t first = position_ % static_cast<int64_t>(labels_.size());
  const int64_t size = batch_.count() / batch_[0];
  std::copy_n(&images_[first * size], batch_.count(), tops[0]->data.data());
  std::copy_n(&labels_[first], batch_[0], tops[1]->data.data());
  position_ += batch_[0];
}

}  // namespace doppio
