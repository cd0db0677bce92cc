#include "data/resize.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "doppio/error.h"

namespace doppio {
namespace {

int Interpolation(const ResizeParameter& param, const RandomStream& random,
                  uint64_t draw) {
  if (param.interp_mode_size() == 0) return cv::INTER_LINEAR;
  switch (param.interp_mode(random.Below(param.interp_mode_size(), draw))) {
    case ResizeParameter::AREA:
      return cv::INTER_AREA;
    case ResizeParameter::NEAREST:
      return cv::INTER_NEAREST;
    case ResizeParameter::CUBIC:
      return cv::INTER_CUBIC;
    case ResizeParameter::LANCZOS4:
      return cv::INTER_LANCZOS4;
    case ResizeParameter::LINEAR:
      break;
  }
  return cv::INTER_LINEAR;
}

// The size to interpolate to, before any padding.
cv::Size NewSize(const Image& image, const ResizeParameter& param) {
  const int64_t height = param.height();
  const int64_t width = param.width();
  if (param.resize_mode() == ResizeParameter::WARP) {
    return cv::Size(width, height);
  }
  const bool wider = image.width() * height > width * image.height();
  // FIT_SMALL_SIZE keeps one side from falling short, padding the other from
  // standing out.
  const bool cover = param.resize_mode() == ResizeParameter::FIT_SMALL_SIZE;
  if (wider == cover) {
    return cv::Size(
        std::max<int64_t>(1, image.width() * height / image.height()), height);
  }
  return cv::Size(width,
                  std::max<int64_t>(1, image.height() * width / image.width()));
}

int Border(ResizeParameter::Pad_mode mode) {
  switch (mode) {
    case ResizeParameter::MIRRORED:
      return cv::BORDER_REFLECT_101;
    case ResizeParameter::REPEAT_NEAREST:
      return cv::BORDER_REPLICATE;
    case ResizeParameter::CONSTANT:
      break;
  }
  return cv::BORDER_CONSTANT;
}

// The padding value of each channel of plane `plane`.
cv::Scalar PadValue(const Image& image, const ResizeParameter& param,
                    int plane) {
  const int values = param.pad_value_size();
  if (values == 0) return cv::Scalar();
  if (values == 1) return cv::Scalar::all(param.pad_value(0));
  if (!image.interleaved()) return cv::Scalar(param.pad_value(plane));
  cv::Scalar channels;
  for (int c = 0; c < values; ++c) channels[c] = param.pad_value(c);
  return channels;
}

// Centres the image in height x width.
Image Pad(const Image& image, const ResizeParameter& param) {
  const int values = param.pad_value_size();
  Require(values <= 1 || values == image.channels(), "resize_param has ",
          values, " pad_values for images of ", image.channels(),
          " channels; give one, or one for each");
  const int above = (param.height() - image.height()) / 2;
  const int below = param.height() - image.height() - above;
  const int left = (param.width() - image.width()) / 2;
  const int right = param.width() - image.width() - left;
  Image padded;
  for (size_t i = 0; i < image.planes.size(); ++i) {
    padded.planes.emplace_back();
    cv::copyMakeBorder(image.planes[i], padded.planes[i], above, below, left,
                       right, Border(param.pad_mode()),
                       PadValue(image, param, i));
  }
  return padded;
}

}  // namespace

Image Resize(const Image& image, const ResizeParameter& param,
             const RandomStream& random, uint64_t draw) {
  Require(param.height() > 0 && param.width() > 0,
          "resize_param needs both height and width, but has ", param.height(),
          " and ", param.width());
  if (param.prob() < 1 && random.Uniform(draw) >= param.prob()) return image;
  const int interpolation = Interpolation(param, random, draw + 1);
  const cv::Size size = NewSize(image, param);
  Image resized;
  for (const cv::Mat& plane : image.planes) {
    resized.planes.emplace_back();
    cv::resize(plane, resized.planes.back(), size, 0, 0, interpolation);
  }
  if (param.resize_mode() == ResizeParameter::FIT_LARGE_SIZE_AND_PAD) {
    return Pad(resized, param);
  }
  return resized;
}

}  // namespace doppio
