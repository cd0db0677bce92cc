#include "data/augment.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/draws.h"
#include "doppio/error.h"

namespace doppio {
namespace {

// Uniform between two values.
float Between(float low, float high, float uniform) {
  return low + (high - low) * uniform;
}

// A rectangle of this share of the area and this width by height, cut to fit.
cv::Size SizeOf(float share, float aspect, int height, int width) {
  const float area = share * height * width;
  const int w = static_cast<int>(std::lround(std::sqrt(area * aspect)));
  const int h = static_cast<int>(std::lround(std::sqrt(area / aspect)));
  return {std::clamp(w, 1, width), std::clamp(h, 1, height)};
}

// Area and aspect by the given draws, the place by the two after them.
template <typename Param>
cv::Rect RandomPart(const Param& param, int height, int width,
                    const RandomStream& random, uint64_t area, uint64_t aspect,
                    uint64_t top, uint64_t left) {
  const float share =
      Between(param.min_area(), param.max_area(), random.Uniform(area));
  const float shape =
      std::exp(Between(std::log(param.min_aspect()),
                       std::log(param.max_aspect()), random.Uniform(aspect)));
  const cv::Size size = SizeOf(share, shape, height, width);
  const int y = random.Below(height - size.height + 1, top);
  const int x = random.Below(width - size.width + 1, left);
  return {x, y, size.width, size.height};
}

template <typename Param>
void CheckPart(const Param& param, const char* name) {
  Require(param.min_area() > 0 && param.min_area() <= param.max_area() &&
              param.max_area() <= 1,
          name, " has areas from ", param.min_area(), " to ", param.max_area(),
          "; they are shares of the image, above 0 and up to 1");
  Require(param.min_aspect() > 0 && param.min_aspect() <= param.max_aspect(),
          name, " has aspects from ", param.min_aspect(), " to ",
          param.max_aspect(), "; they are width by height, the least first");
}

// How blue, green and red make gray, as OpenCV has it.
const cv::Matx31f kGray(0.114f, 0.587f, 0.299f);

// Brightness b, contrast c and saturation s together are one matrix with an
// offset: s c b x + (1 - s) c b gray(x) + (1 - c) b gray of the whole image.
cv::Mat MixColors(const cv::Mat& image, float b, float c, float s) {
  const cv::Scalar mean = cv::mean(image);
  float gray = 0;
  for (int i = 0; i < 3; ++i) gray += kGray(i) * static_cast<float>(mean[i]);
  cv::Matx34f mix;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      mix(row, column) =
          b * c * ((1 - s) * kGray(column) + (row == column ? s : 0));
    }
    mix(row, 3) = b * (1 - c) * gray;
  }
  cv::Mat mixed;
  cv::transform(image, mixed, mix);
  return mixed;
}

// One matrix in which the channels alternate.
cv::Mat Interleaved(const Image& image) {
  if (image.interleaved()) return image.planes[0];
  cv::Mat together;
  cv::merge(image.planes, together);
  return together;
}

}  // namespace

Image Rotate(const Image& image, float degrees, const RandomStream& random) {
  const float angle = Between(-degrees, degrees, random.Uniform(kRotation));
  const cv::Point2f centre((image.width() - 1) / 2.f,
                           (image.height() - 1) / 2.f);
  const cv::Mat turn = cv::getRotationMatrix2D(centre, angle, 1);
  Image turned;
  for (const cv::Mat& plane : image.planes) {
    turned.planes.emplace_back();
    cv::warpAffine(plane, turned.planes.back(), turn, plane.size(),
                   cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  }
  return turned;
}

Image RandomResizedCrop(const Image& image,
                        const RandomResizedCropParameter& param, int side,
                        const RandomStream& random) {
  const cv::Rect part = RandomPart(param, image.height(), image.width(), random,
                                   kArea, kAspect, kTop, kLeft);
  Image resized;
  for (const cv::Mat& plane : image.planes) {
    resized.planes.emplace_back();
    cv::resize(plane(part), resized.planes.back(), {side, side});
  }
  return resized;
}

Image JitterColors(const Image& image, const ColorJitterParameter& param,
                   const RandomStream& random) {
  const auto factor = [&](float spread, uint64_t draw) {
    return Between(1 - spread, 1 + spread, random.Uniform(draw));
  };
  const float brightness = factor(param.brightness(), kBrightness);
  const float contrast = factor(param.contrast(), kContrast);
  const float saturation = factor(param.saturation(), kSaturation);
  const int channels = image.channels();
  Require(channels == 3 || param.saturation() == 0,
          "color_jitter has a saturation, which images of ", channels,
          " channels have not");
  if (channels == 3) {
    return {{MixColors(Interleaved(image), brightness, contrast, saturation)}};
  }
  double mean = 0;
  for (const cv::Mat& plane : image.planes) {
    const cv::Scalar means = cv::mean(plane);
    for (int c = 0; c < plane.channels(); ++c) mean += means[c] / channels;
  }
  Image jittered;
  for (const cv::Mat& plane : image.planes) {
    jittered.planes.emplace_back();
    plane.convertTo(jittered.planes.back(), -1, brightness * contrast,
                    brightness * (1 - contrast) * mean);
  }
  return jittered;
}

cv::Rect ErasedPart(const RandomErasingParameter& param, int height, int width,
                    const RandomStream& random) {
  if (random.Uniform(kErase) >= param.prob()) return {};
  return RandomPart(param, height, width, random, kEraseArea, kEraseAspect,
                    kEraseTop, kEraseLeft);
}

void Check(const RandomResizedCropParameter& param) {
  CheckPart(param, "random_resized_crop");
}

void Check(const ColorJitterParameter& param) {
  for (const float spread :
       {param.brightness(), param.contrast(), param.saturation()}) {
    Require(spread >= 0 && spread <= 1, "color_jitter has a spread of ", spread,
            "; factors lie between 1 - x and 1 + x, for x from 0 to 1");
  }
}

void Check(const RandomErasingParameter& param) {
  CheckPart(param, "random_erasing");
}

}  // namespace doppio
