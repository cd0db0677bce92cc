#include "data/data_shape.h"

namespace doppio {
namespace {

// H x W after resizing and cropping.
std::optional<Shape> ImageSize(const LayerParameter& param) {
  const TransformationParameter& transform = param.transform_param();
  const int crop = transform.crop_size();
  if (crop > 0) return Shape{crop, crop};
  const ResizeParameter& resize = transform.resize_param();
  if (transform.has_resize_param() && resize.prob() >= 1 &&
      resize.resize_mode() != ResizeParameter::FIT_SMALL_SIZE) {
    return Shape{static_cast<int>(resize.height()),
                 static_cast<int>(resize.width())};
  }
  const ImageDataParameter& image = param.image_data_param();
  if (image.new_height() > 0 && image.new_width() > 0) {
    return Shape{static_cast<int>(image.new_height()),
                 static_cast<int>(image.new_width())};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Shape> ShapeFromParams(const LayerParameter& param) {
  const std::optional<Shape> size = ImageSize(param);
  if (!size) return std::nullopt;
  if (param.type() == "Data") {
    const int channels = param.transform_param().force_gray() ? 1 : 3;
    return Shape{static_cast<int>(param.data_param().batch_size()), channels,
                 (*size)[0], (*size)[1]};
  }
  if (param.type() == "ImageData") {
    const ImageDataParameter& image = param.image_data_param();
    return Shape{static_cast<int>(image.batch_size()), image.is_color() ? 3 : 1,
                 (*size)[0], (*size)[1]};
  }
  return std::nullopt;
}

}  // namespace doppio
