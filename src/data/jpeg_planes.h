#pragma once

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

namespace doppio {

// A colour image as JPEGs store it: a plane of brightness, which has the
// image's size, and two of colour, which may be smaller.
struct JpegPlanes {
  std::array<cv::Mat, 3> planes;  // Y, Cb, Cr
  // How many columns and rows of pixels share one value of colour.
  cv::Size step;
};

// Decodes a JPEG without the step to blue, green and red. Nothing for a file
// that has no such planes or is damaged in any way, and in builds without
// TurboJPEG: `Decode` deals with those.
std::optional<JpegPlanes> DecodePlanes(const std::string& bytes);

// The JPEG that cv::imencode makes of the same image, from planes of its full
// size. Empty if JPEGs cannot have this size.
std::string EncodePlanes(const std::array<cv::Mat, 3>& planes);

}  // namespace doppio
