#include "data/color_sums.h"

#include <algorithm>
#include <cmath>

#include "doppio/error.h"

namespace doppio {
namespace {

// The place of channels a <= b among the products.
constexpr int Product(int a, int b) { return a * (5 - a) / 2 + b; }

}  // namespace

void ColorSums::Add(const Image& image) {
  Require(image.channels() == 3,
          "principal components of colours need images of 3 channels; this one "
          "has ",
          image.channels());
  ++images_;
  pixels_ += static_cast<double>(image.height()) * image.width();
  if (image.planes[0].depth() == CV_8U) {
    AddRows<uint8_t, uint64_t>(image);
  } else {
    AddRows<float, double>(image);
  }
}

// The sums of a row of bytes are exact.
template <typename Pixel, typename Sum>
void ColorSums::AddRows(const Image& image) {
  const int step = image.planes[0].channels();
  for (int h = 0; h < image.height(); ++h) {
    const Pixel* x[3];
    for (int c = 0; c < 3; ++c) {
      x[c] = image.interleaved() ? image.planes[0].ptr<Pixel>(h) + c
                                 : image.planes[c].ptr<Pixel>(h);
    }
    Sum s0 = 0, s1 = 0, s2 = 0;
    Sum p00 = 0, p01 = 0, p02 = 0, p11 = 0, p12 = 0, p22 = 0;
    for (int i = 0; i < image.width(); ++i) {
      const Sum a = x[0][i * step], b = x[1][i * step], c = x[2][i * step];
      s0 += a, s1 += b, s2 += c;
      p00 += a * a, p01 += a * b, p02 += a * c;
      p11 += b * b, p12 += b * c, p22 += c * c;
    }
    const Sum sums[] = {s0, s1, s2};
    const Sum products[] = {p00, p01, p02, p11, p12, p22};
    for (int i = 0; i < 3; ++i) sums_[i] += static_cast<double>(sums[i]);
    for (int i = 0; i < 6; ++i) {
      products_[i] += static_cast<double>(products[i]);
    }
  }
}

void ColorSums::Add(const ColorSums& other) {
  images_ += other.images_;
  pixels_ += other.pixels_;
  for (int i = 0; i < 3; ++i) sums_[i] += other.sums_[i];
  for (int i = 0; i < 6; ++i) products_[i] += other.products_[i];
}

double ColorSums::Covariance(int a, int b) const {
  const double product = products_[Product(std::min(a, b), std::max(a, b))];
  return product / pixels_ - sums_[a] / pixels_ * (sums_[b] / pixels_);
}

ColorStatistics ColorSums::Statistics() const {
  ColorStatistics statistics;
  statistics.set_images(images_);
  cv::Matx33d covariance;
  for (int a = 0; a < 3; ++a) {
    statistics.add_mean(static_cast<float>(sums_[a] / pixels_));
    statistics.add_deviation(
        static_cast<float>(std::sqrt(std::max(0.0, Covariance(a, a)))));
    for (int b = 0; b < 3; ++b) {
      covariance(a, b) = Covariance(a, b) / (255. * 255.);
    }
  }
  cv::Mat variances, directions;
  cv::eigen(covariance, variances, directions);
  for (int i = 0; i < 3; ++i) {
    ColorComponent* component = statistics.add_component();
    // Where rounding makes less than nothing of no variance.
    const double variance = std::max(0.0, variances.at<double>(i));
    component->set_variance(static_cast<float>(variance));
    // Of the two directions along a line, the lighter one.
    const cv::Mat direction = directions.row(i);
    const double sign = cv::sum(direction)[0] < 0 ? -1 : 1;
    for (int c = 0; c < 3; ++c) {
      component->add_direction(
          static_cast<float>(sign * direction.at<double>(c)));
    }
  }
  return statistics;
}

}  // namespace doppio
