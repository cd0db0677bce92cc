#include "data/image.h"

#include <opencv2/imgcodecs.hpp>

#include "doppio/error.h"

namespace doppio {
namespace {

int ReadMode(Colors colors) {
  switch (colors) {
    case Colors::kColor:
      return cv::IMREAD_COLOR;
    case Colors::kGray:
      return cv::IMREAD_GRAYSCALE;
    case Colors::kAsStored:
      break;
  }
  return cv::IMREAD_UNCHANGED;
}

Image RawImage(const Datum& datum) {
  const int channels = datum.channels();
  const int height = datum.height();
  const int width = datum.width();
  Require(channels > 0 && height > 0 && width > 0,
          "its channels x height x width are ", channels, "x", height, "x",
          width);
  const bool bytes = !datum.data().empty();
  const int64_t stored = bytes ? datum.data().size() : datum.float_data_size();
  const int64_t plane = int64_t{height} * width;
  Require(stored == channels * plane, "it holds ", stored,
          bytes ? " bytes" : " floats", ", but its channels x height x width ",
          channels, "x", height, "x", width, " make ", channels * plane);
  Image image;
  image.planes.reserve(channels);
  for (int c = 0; c < channels; ++c) {
    // OpenCV takes no pointer to const; nobody writes through these.
    void* pixels =
        bytes ? static_cast<void*>(
                    const_cast<char*>(datum.data().data() + c * plane))
              : const_cast<float*>(datum.float_data().data() + c * plane);
    image.planes.emplace_back(height, width, bytes ? CV_8UC1 : CV_32FC1,
                              pixels);
  }
  return image;
}

}  // namespace

cv::Mat Decode(const std::string& bytes, Colors colors) {
  Require(!bytes.empty(), "the image file is empty");
  cv::Mat image;
  try {
    image = cv::imdecode(cv::Mat(1, static_cast<int>(bytes.size()), CV_8UC1,
                                 const_cast<char*>(bytes.data())),
                         ReadMode(colors));
  } catch (const cv::Exception& exception) {
    throw Error("the image cannot be decoded: ", exception.err);
  }
  Require(!image.empty(), "its ", bytes.size(),
          " bytes are not an image that can be decoded; the file is damaged or "
          "of an unknown format");
  Require(image.depth() == CV_8U, "the image has more than 8 bits per value; ",
          "force_color: true or force_gray: true reads it with 8");
  return image;
}

Image ImageOf(const Datum& datum, Colors colors) {
  if (datum.encoded()) return {{Decode(datum.data(), colors)}};
  return RawImage(datum);
}

}  // namespace doppio
