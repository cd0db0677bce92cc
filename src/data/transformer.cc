#include "data/transformer.h"

#include <algorithm>

#include "core/random.h"
#include "data/resize.h"
#include "doppio/error.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"

namespace doppio {
namespace {

// What the numbers of a sample's random stream decide. Changing them changes
// every training run.
enum Draws : uint64_t {
  kMirror = 0,
  kTop = 1,
  kLeft = 2,
  kResize = 3,  // and 4
};

Colors ColorsOf(const TransformationParameter& param) {
  Require(!param.force_color() || !param.force_gray(),
          "transform_param has both force_color and force_gray; keep one");
  if (param.force_color()) return Colors::kColor;
  return param.force_gray() ? Colors::kGray : Colors::kAsStored;
}

// y = (x - mean) * scale along a row, whose pixels are kStep apart.
template <int kStep, typename Pixel>
void ConvertRow(const Pixel* x, float mean, float scale, int n, float* y) {
  for (int i = 0; i < n; ++i) y[i] = (x[i * kStep] - mean) * scale;
}

template <int kStep, typename Pixel>
void ConvertRow(const Pixel* x, const float* mean, float scale, int n,
                float* y) {
  for (int i = 0; i < n; ++i) y[i] = (x[i * kStep] - mean[i]) * scale;
}

// Compilers vectorise steps that they know.
template <typename Pixel, typename Mean>
void ConvertRow(const Pixel* x, int step, Mean mean, float scale, int n,
                float* y) {
  switch (step) {
    case 1:
      return ConvertRow<1>(x, mean, scale, n, y);
    case 2:
      return ConvertRow<2>(x, mean, scale, n, y);
    case 3:
      return ConvertRow<3>(x, mean, scale, n, y);
    default:
      return ConvertRow<4>(x, mean, scale, n, y);
  }
}

}  // namespace

Transformer::Transformer(const TransformationParameter& param, Phase phase,
                         uint64_t seed, const std::string& layer)
    : param_(param),
      phase_(phase),
      seed_(seed),
      layer_(Hash(layer)),
      mean_values_(param.mean_value().begin(), param.mean_value().end()) {
  Require(!param.has_mean_file() || mean_values_.empty(),
          "transform_param has both mean_file and mean_value; keep one");
  if (param.has_mean_file()) ReadMean(param.mean_file());
}

void Transformer::ReadMean(const std::string& file) {
  BlobProto proto;
  ReadBinaryProto(file, &proto, "mean image");
  const Shape shape = ShapeOf(proto);
  mean_ = ValuesOf(proto);
  // 1 x C x H x W, or any of the leading axes left out.
  mean_shape_ = {1, 1, 1};
  for (int axis = 1; axis <= std::min(3, shape.axes()); ++axis) {
    mean_shape_[3 - axis] = shape[shape.axes() - axis];
  }
  Require(mean_shape_.count() == shape.count(), "mean_file \"", file,
          "\" holds ", shape, " values, which is more than one image");
}

Image Transformer::Prepare(const Datum& datum, int64_t sample) const {
  Image image =
      ImageOf(datum, datum.encoded() ? ColorsOf(param_) : Colors::kAsStored);
  if (param_.has_resize_param()) {
    image =
        Resize(image, param_.resize_param(),
               RandomStream(seed_, Draw::kTransform, layer_, sample), kResize);
  }
  const int crop = param_.crop_size();
  Require(crop <= image.height() && crop <= image.width(), "a crop_size of ",
          crop, " does not fit the image of ", image.height(), "x",
          image.width());
  CheckMean(image);
  return image;
}

void Transformer::CheckMean(const Image& image) const {
  const int channels = image.channels();
  Require(mean_values_.size() <= 1 ||
              static_cast<int>(mean_values_.size()) == channels,
          "transform_param has ", mean_values_.size(),
          " mean_values for images of ", channels,
          " channels; give one, or one for each");
  if (mean_.empty()) return;
  const Shape shape = {channels, image.height(), image.width()};
  Require(shape == mean_shape_, "mean_file \"", param_.mean_file(),
          "\" is for ", mean_shape_, " images, but this one is ", shape);
}

Shape Transformer::OutputShape(const Image& image) const {
  const int crop = param_.crop_size();
  return {image.channels(), crop > 0 ? crop : image.height(),
          crop > 0 ? crop : image.width()};
}

Transformer::Window Transformer::WindowOf(const Image& image,
                                          int64_t sample) const {
  const RandomStream random(seed_, Draw::kTransform, layer_, sample);
  // As in Caffe, testing mirrors too if it is told to.
  const bool mirror = param_.mirror() && random.Below(2, kMirror) == 1;
  const int crop = param_.crop_size();
  if (crop == 0) return {0, 0, image.height(), image.width(), mirror};
  const int above = image.height() - crop;
  const int beside = image.width() - crop;
  if (phase_ != TRAIN) return {above / 2, beside / 2, crop, crop, mirror};
  return {static_cast<int>(random.Below(above + 1, kTop)),
          static_cast<int>(random.Below(beside + 1, kLeft)), crop, crop,
          mirror};
}

void Transformer::Write(const Image& image, int64_t sample,
                        float* output) const {
  const Window window = WindowOf(image, sample);
  const int channels = image.channels();
  for (int c = 0; c < channels; ++c) {
    const cv::Mat& plane = image.planes[image.interleaved() ? 0 : c];
    const int offset = image.interleaved() ? c : 0;
    const int step = plane.channels();
    if (plane.depth() == CV_8U) {
      WritePlane(plane.ptr<uint8_t>() + offset, plane.step1(), step, c, image,
                 window, output);
    } else {
      WritePlane(plane.ptr<float>() + offset, plane.step1(), step, c, image,
                 window, output);
    }
    output += int64_t{window.height} * window.width;
  }
}

// The distances from row to row and pixel to pixel are in elements.
template <typename Pixel>
void Transformer::WritePlane(const Pixel* pixels, size_t row_step,
                             int pixel_step, int channel, const Image& image,
                             const Window& window, float* output) const {
  const float scale = param_.scale();
  float value = 0;
  if (!mean_values_.empty()) {
    value = mean_values_[mean_values_.size() == 1 ? 0 : channel];
  }
  for (int h = 0; h < window.height; ++h) {
    const int row = window.top + h;
    const Pixel* x = pixels + row * row_step + window.left * pixel_step;
    if (mean_.empty()) {
      ConvertRow(x, pixel_step, value, scale, window.width, output);
    } else {
      const float* mean =
          &mean_[(int64_t{channel} * image.height() + row) * image.width() +
                 window.left];
      ConvertRow(x, pixel_step, mean, scale, window.width, output);
    }
    if (window.mirror) std::reverse(output, output + window.width);
    output += window.width;
  }
}

}  // namespace doppio
