// Stands in for jpeg_planes.cc in builds without TurboJPEG.

#include "data/jpeg_planes.h"

namespace doppio {

std::optional<JpegPlanes> DecodePlanes(const std::string&) {
  return std::nullopt;
}
std::string EncodePlanes(const std::array<cv::Mat, 3>&) { return ""; }

}  // namespace doppio
