#include "data/transformer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "data/augment.h"
#include "data/draws.h"
#include "data/pca_color.h"
#include "data/resize.h"
#include "doppio/error.h"
#include "io/binary_proto.h"
#include "io/blob_proto.h"

namespace doppio {
namespace {

Colors ColorsOf(const TransformationParameter& param) {
  Require(!param.force_color() || !param.force_gray(),
          "transform_param has both force_color and force_gray; keep one");
  if (param.force_color()) return Colors::kColor;
  return param.force_gray() ? Colors::kGray : Colors::kAsStored;
}

// y = (x + shift - mean) * scale along a row, whose pixels are kStep apart.
template <int kStep, typename Pixel>
void ConvertRow(const Pixel* x, float mean, float shift, float scale, int n,
                float* y) {
  for (int i = 0; i < n; ++i) y[i] = (x[i * kStep] - mean + shift) * scale;
}

template <int kStep, typename Pixel>
void ConvertRow(const Pixel* x, const float* mean, float shift, float scale,
                int n, float* y) {
  for (int i = 0; i < n; ++i) y[i] = (x[i * kStep] - mean[i] + shift) * scale;
}

// Compilers vectorise steps that they know.
template <typename Pixel, typename Mean>
void ConvertRow(const Pixel* x, int step, Mean mean, float shift, float scale,
                int n, float* y) {
  switch (step) {
    case 1:
      return ConvertRow<1>(x, mean, shift, scale, n, y);
    case 2:
      return ConvertRow<2>(x, mean, shift, scale, n, y);
    case 3:
      return ConvertRow<3>(x, mean, shift, scale, n, y);
    default:
      return ConvertRow<4>(x, mean, shift, scale, n, y);
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
  CheckParam();
  if (param.has_mean_file()) ReadMean(param.mean_file());
  if (phase == TRAIN && param.pca_color() > 0) {
    colors_ = ReadColorStatistics(param.pca_file());
  }
}

void Transformer::CheckParam() const {
  Check(param_.random_resized_crop());
  Check(param_.color_jitter());
  Check(param_.random_erasing());
  Require(param_.pca_color() == 0 || param_.has_pca_file(),
          "pca_color needs the components of the colours in pca_file; ",
          "compute_image_mean --pca makes one");
  Require(!param_.has_random_resized_crop() || param_.crop_size() > 0,
          "random_resized_crop needs a crop_size, to which crops are brought");
  Require(!param_.has_random_resized_crop() || !param_.has_mean_file(),
          "random_resized_crop moves pixels about, so that a mean_file fits ",
          "none of them; give mean_value");
  Require(crops() == 1 || (crops() == 10 && param_.crop_size() > 0),
          "crops: ", crops(), " is neither 1 nor, with a crop_size, 10");
  Require(crops() == 1 || phase_ == TEST, "crops: ", crops(),
          " is for testing; in training there is one crop, at random");
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

RandomStream Transformer::StreamOf(int64_t sample) const {
  return RandomStream(seed_, Draw::kTransform, layer_, sample);
}

Image Transformer::Augmented(Image image, const RandomStream& random) const {
  if (param_.rotation() != 0) image = Rotate(image, param_.rotation(), random);
  if (param_.has_random_resized_crop()) {
    image = RandomResizedCrop(image, param_.random_resized_crop(),
                              param_.crop_size(), random);
  }
  if (param_.has_color_jitter()) {
    image = JitterColors(image, param_.color_jitter(), random);
  }
  return image;
}

Image Transformer::Prepare(const Datum& datum, int64_t sample) const {
  Image image =
      ImageOf(datum, datum.encoded() ? ColorsOf(param_) : Colors::kAsStored);
  if (param_.has_resize_param()) {
    image = Resize(image, param_.resize_param(), StreamOf(sample), kResize);
  }
  if (phase_ == TRAIN) image = Augmented(std::move(image), StreamOf(sample));
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
  const RandomStream random = StreamOf(sample);
  // As in Caffe, testing mirrors too if it is told to.
  const bool mirror = param_.mirror() && random.Below(2, kMirror) == 1;
  const int crop = param_.crop_size();
  if (crop == 0) return {0, 0, image.height(), image.width(), mirror};
  const int above = image.height() - crop;
  const int beside = image.width() - crop;
  if (crops() > 1) return CropOf(sample % crops(), above, beside);
  if (phase_ != TRAIN) return {above / 2, beside / 2, crop, crop, mirror};
  return {static_cast<int>(random.Below(above + 1, kTop)),
          static_cast<int>(random.Below(beside + 1, kLeft)), crop, crop,
          mirror};
}

// Of ten: four corners and the centre, then their mirror images.
Transformer::Window Transformer::CropOf(int number, int above,
                                        int beside) const {
  const int size = param_.crop_size();
  const bool mirror = number >= 5;
  switch (number % 5) {
    case 0:
      return {0, 0, size, size, mirror};
    case 1:
      return {0, beside, size, size, mirror};
    case 2:
      return {above, 0, size, size, mirror};
    case 3:
      return {above, beside, size, size, mirror};
    default:
      return {above / 2, beside / 2, size, size, mirror};
  }
}

void Transformer::Write(const Image& image, int64_t sample,
                        float* output) const {
  const Window window = WindowOf(image, sample);
  const int channels = image.channels();
  const bool shifts = colors_.component_size() > 0;
  Require(!shifts || channels == 3, "pca_color is for images of 3 channels, ",
          "but this one has ", channels);
  std::array<float, 3> shift = {};
  if (shifts) shift = ColorShift(colors_, param_.pca_color(), StreamOf(sample));
  float* out = output;
  for (int c = 0; c < channels; ++c) {
    const cv::Mat& plane = image.planes[image.interleaved() ? 0 : c];
    const int offset = image.interleaved() ? c : 0;
    const int step = plane.channels();
    if (plane.depth() == CV_8U) {
      WritePlane(plane.ptr<uint8_t>() + offset, plane.step1(), step, c, image,
                 window, shifts ? shift[c] : 0, out);
    } else {
      WritePlane(plane.ptr<float>() + offset, plane.step1(), step, c, image,
                 window, shifts ? shift[c] : 0, out);
    }
    out += int64_t{window.height} * window.width;
  }
  if (phase_ == TRAIN && param_.has_random_erasing()) {
    const cv::Rect part = ErasedPart(param_.random_erasing(), window.height,
                                     window.width, StreamOf(sample));
    Erase(part, {channels, window.height, window.width}, output);
  }
}

void Transformer::Erase(const cv::Rect& part, const Shape& shape,
                        float* output) const {
  for (int c = 0; c < shape[0]; ++c) {
    cv::Mat plane(shape[1], shape[2], CV_32FC1,
                  output + int64_t{c} * shape[1] * shape[2]);
    plane(part) = cv::Scalar(param_.random_erasing().value());
  }
}

// The distances from row to row and pixel to pixel are in elements.
template <typename Pixel>
void Transformer::WritePlane(const Pixel* pixels, size_t row_step,
                             int pixel_step, int channel, const Image& image,
                             const Window& window, float shift,
                             float* output) const {
  const float scale = param_.scale();
  float value = 0;
  if (!mean_values_.empty()) {
    value = mean_values_[mean_values_.size() == 1 ? 0 : channel];
  }
  for (int h = 0; h < window.height; ++h) {
    const int row = window.top + h;
    const Pixel* x = pixels + row * row_step + window.left * pixel_step;
    if (mean_.empty()) {
      ConvertRow(x, pixel_step, value, shift, scale, window.width, output);
    } else {
      const float* mean =
          &mean_[(int64_t{channel} * image.height() + row) * image.width() +
                 window.left];
      ConvertRow(x, pixel_step, mean, shift, scale, window.width, output);
    }
    if (window.mirror) std::reverse(output, output + window.width);
    output += window.width;
  }
}

}  // namespace doppio
