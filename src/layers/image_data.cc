#include "layers/image_data.h"

#include "data/image_list.h"
#include "doppio/error.h"
#include "doppio/layer_registry.h"

namespace doppio {
namespace {

// transform_param with what image_data_param says of the images put into it.
TransformationParameter Transform(const LayerParameter& param) {
  const ImageDataParameter& image = param.image_data_param();
  TransformationParameter transform = param.transform_param();
  transform.set_force_color(image.is_color());
  transform.set_force_gray(!image.is_color());
  if (image.new_height() > 0) {
    transform.mutable_resize_param()->set_height(image.new_height());
    transform.mutable_resize_param()->set_width(image.new_width());
  }
  return transform;
}

const RegisterLayer<ImageDataCpu> kImageData("ImageData", Device::kCpu);

}  // namespace

ImageDataCpu::ImageDataCpu(const LayerParameter& param, const Context& context)
    : LoadingLayer(param, context) {
  const ImageDataParameter& image = param.image_data_param();
  Require(image.has_source(),
          "image_data_param needs a source, a file of lines \"path label\"");
  Require(image.batch_size() > 0,
          "image_data_param needs a batch_size of 1 or more");
  Require((image.new_height() > 0) == (image.new_width() > 0),
          "image_data_param has new_height: ", image.new_height(),
          " and new_width: ", image.new_width(), "; set both or neither");
  Require(
      image.new_height() == 0 || !param.transform_param().has_resize_param(),
      "image_data_param has new_height and transform_param has "
      "resize_param; keep one");
}

std::unique_ptr<Loader> ImageDataCpu::Open() const {
  const ImageDataParameter& image = param_.image_data_param();
  Loader::Options options = LoaderOptions(image.batch_size());
  options.shuffle = image.shuffle();
  options.rand_skip = image.rand_skip();
  options.cut_last_batch = image.cut_last_batch();
  return std::make_unique<Loader>(
      OpenImageList(image.source(), image.root_folder()), Transform(param_),
      param_.phase(), options);
}

}  // namespace doppio
