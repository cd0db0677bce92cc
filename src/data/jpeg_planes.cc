#include "data/jpeg_planes.h"

#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <opencv2/imgproc.hpp>

namespace doppio {
namespace {

// OpenCV refuses larger images, and tells why.
constexpr int64_t kMostPixels = 1 << 30;
// What cv::imencode takes if nobody asks for another.
constexpr int kQuality = 95;

struct DestroyHandle {
  void operator()(tjhandle handle) const { tjDestroy(handle); }
};
// One for each image: it costs nothing to speak of, and its tables would come
// to an image that has none.
using TurboJpeg = std::unique_ptr<void, DestroyHandle>;

// With one more column or row, like the last, where their number is odd.
cv::Mat MadeEven(const cv::Mat& plane) {
  if (plane.rows % 2 == 0 && plane.cols % 2 == 0) return plane;
  cv::Mat even;
  cv::copyMakeBorder(plane, even, 0, plane.rows % 2, 0, plane.cols % 2,
                     cv::BORDER_REPLICATE);
  return even;
}

// The means of 2 x 2 values each.
cv::Mat Halved(const cv::Mat& plane) {
  cv::Mat half;
  cv::resize(plane, half, {}, 0.5, 0.5, cv::INTER_AREA);
  return half;
}

}  // namespace

std::optional<JpegPlanes> DecodePlanes(const std::string& bytes) {
  const TurboJpeg decoder(tjInitDecompress());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  // Of a file that has tables only, it sets nothing and is content.
  int width = 0, height = 0, subsampling = 0, colors = -1;
  if (tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height,
                          &subsampling, &colors) != 0 ||
      colors != TJCS_YCbCr || int64_t{width} * height > kMostPixels) {
    return std::nullopt;
  }
  JpegPlanes image;
  image.step = {tjMCUWidth[subsampling] / 8, tjMCUHeight[subsampling] / 8};
  unsigned char* planes[3];
  for (int i = 0; i < 3; ++i) {
    image.planes[i].create(tjPlaneHeight(i, height, subsampling),
                           tjPlaneWidth(i, width, subsampling), CV_8UC1);
    planes[i] = image.planes[i].data;
  }
  if (tjDecompressToYUVPlanes(decoder.get(), data, bytes.size(), planes, width,
                              nullptr, height, TJFLAG_STOPONWARNING) != 0) {
    return std::nullopt;
  }
  // It has whole steps, beyond the image's edge if need be.
  image.planes[0] = image.planes[0](cv::Rect(0, 0, width, height));
  return image;
}

std::string EncodePlanes(const std::array<cv::Mat, 3>& planes) {
  const cv::Mat even[] = {MadeEven(planes[0]), Halved(MadeEven(planes[1])),
                          Halved(MadeEven(planes[2]))};
  const unsigned char* data[3];
  int strides[3];
  for (int i = 0; i < 3; ++i) {
    data[i] = even[i].data;
    strides[i] = static_cast<int>(even[i].step);
  }
  const int width = planes[0].cols, height = planes[0].rows;
  std::string jpeg(tjBufSize(width, height, TJSAMP_420), '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(&jpeg[0]);
  unsigned long size = jpeg.size();
  const TurboJpeg encoder(tjInitCompress());
  if (tjCompressFromYUVPlanes(encoder.get(), data, width, strides, height,
                              TJSAMP_420, &bytes, &size, kQuality,
                              TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0) {
    return "";
  }
  jpeg.resize(size);
  return jpeg;
}

}  // namespace doppio
