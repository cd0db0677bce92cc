#pragma once

#include <array>
#include <cstdint>

#include "data.pb.h"
#include "data/image.h"

namespace doppio {

// Adds up the colours of images of three channels: what their mean and
// covariance follow from.
class ColorSums {
 public:
  // Throws Error unless it has three channels.
  void Add(const Image& image);
  void Add(const ColorSums& other);

  ColorStatistics Statistics() const;

 private:
  template <typename Pixel, typename Sum>
  void AddRows(const Image& image);
  double Covariance(int a, int b) const;

  int64_t images_ = 0;
  double pixels_ = 0;
  std::array<double, 3> sums_ = {};
  // Of the products of channels 0 0, 0 1, 0 2, 1 1, 1 2, 2 2.
  std::array<double, 6> products_ = {};
};

}  // namespace doppio
