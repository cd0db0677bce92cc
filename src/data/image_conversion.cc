#include "data/image_conversion.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <vector>

#include "data/image.h"
#include "data/image_facts.h"
#include "data/image_type.h"
#include "data/jpeg_planes.h"
#include "doppio/error.h"

namespace doppio {
namespace {

bool Resizes(const ImageConversion& conversion) {
  return conversion.resize_height > 0 || conversion.resize_short > 0;
}

// What of an image is to be kept: all, or the central square.
cv::Rect KeptPart(const cv::Size& image, const ImageConversion& conversion) {
  if (conversion.resize_short == 0) return {{}, image};
  const int square = std::min(image.height, image.width);
  return {(image.width - square) / 2, (image.height - square) / 2, square,
          square};
}

// Brings that part to the size asked for.
cv::Mat Stretch(const cv::Mat& part, const ImageConversion& conversion) {
  cv::Size size(conversion.resize_width, conversion.resize_height);
  int interpolation = cv::INTER_LINEAR;
  if (const int side = conversion.resize_short; side > 0) {
    size = {side, side};
    // Linear interpolation looks at two pixels each way, so that from a factor
    // of two on it would leave some out.
    if (part.rows >= 2 * side) interpolation = cv::INTER_AREA;
  }
  cv::Mat stretched;
  cv::resize(part, stretched, size, 0, 0, interpolation);
  return stretched;
}

cv::Mat ResizeImage(const cv::Mat& image, const ImageConversion& conversion) {
  if (!Resizes(conversion)) return image;
  return Stretch(image(KeptPart(image.size(), conversion)), conversion);
}

bool KeepsOriginal(const std::string& bytes, const std::string& path,
                   const ImageConversion& conversion) {
  return !Resizes(conversion) &&
         (conversion.encode_type.empty() ||
          TypeOf(conversion.encode_type) == TypeOfFile(path)) &&
         FactsOf(bytes).orientation == 1 &&
         StoredWith(conversion.gray ? 1 : 3, bytes);
}

std::string TypeToEncode(int channels, const std::string& path,
                         const ImageConversion& conversion) {
  const std::string type = conversion.encode_type.empty()
                               ? TypeOfFile(path)
                               : TypeOf(conversion.encode_type);
  return CanEncode(type, channels) ? type : "jpg";
}

std::string Encode(const cv::Mat& image, const std::string& path,
                   const ImageConversion& conversion) {
  const std::string type = TypeToEncode(image.channels(), path, conversion);
  std::vector<uchar> bytes;
  Require(cv::imencode("." + type, image, bytes), "the image of ", image.rows,
          "x", image.cols, " cannot be encoded as ", type);
  return {bytes.begin(), bytes.end()};
}

// The part of a plane of colour that belongs to this part of the image.
cv::Rect PartOfColor(const cv::Rect& part, const cv::Size& step) {
  const int x = part.x / step.width;
  const int y = part.y / step.height;
  return {x, y, (part.br().x + step.width - 1) / step.width - x,
          (part.br().y + step.height - 1) / step.height - y};
}

// From JPEG to JPEG, the change of colours and its reverse can be left out,
// which take longer than the resizing. Empty where that is not possible.
std::string ResizeJpeg(const std::string& bytes, const ImageFacts& facts,
                       const std::string& path,
                       const ImageConversion& conversion) {
  if (facts.type != "jpg" || facts.orientation != 1 || conversion.gray ||
      !Resizes(conversion) || TypeToEncode(3, path, conversion) != "jpg") {
    return "";
  }
  std::optional<JpegPlanes> image = DecodePlanes(bytes);
  if (!image) return "";
  auto& planes = image->planes;
  const cv::Rect part = KeptPart(planes[0].size(), conversion);
  const cv::Rect color = PartOfColor(part, image->step);
  return EncodePlanes({Stretch(planes[0](part), conversion),
                       Stretch(planes[1](color), conversion),
                       Stretch(planes[2](color), conversion)});
}

void StorePixels(const cv::Mat& image, Datum* datum) {
  const size_t plane = image.total();
  datum->set_channels(image.channels());
  datum->set_height(image.rows);
  datum->set_width(image.cols);
  std::string* data = datum->mutable_data();
  data->resize(plane * image.channels());
  std::vector<cv::Mat> planes;
  for (int c = 0; c < image.channels(); ++c) {
    planes.emplace_back(image.rows, image.cols, CV_8UC1, &(*data)[c * plane]);
  }
  cv::split(image, planes);
}

}  // namespace

void ImageConversion::Check() const {
  Require(resize_height >= 0 && resize_width >= 0 && resize_short >= 0,
          "sizes to resize to cannot be negative");
  Require((resize_height > 0) == (resize_width > 0), "resize_height is ",
          resize_height, " and resize_width ", resize_width,
          "; give both or neither");
  Require(resize_height == 0 || resize_short == 0,
          "resize_short does not go together with resize_height and "
          "resize_width");
  Require(encode_type.empty() || CanEncode(encode_type, gray ? 1 : 3),
          gray ? "gray" : "colour", " images cannot be encoded as \"",
          encode_type, "\"; jpg and png always can");
}

Datum ConvertImage(const std::string& bytes, const std::string& path,
                   const ImageConversion& conversion) {
  const ImageFacts facts = FactsOf(bytes);
  Require(!facts.cut_short, "the ", facts.type == "png" ? "PNG" : "JPEG",
          " is cut short");
  Datum datum;
  datum.set_encoded(conversion.encoded);
  if (conversion.encoded && KeepsOriginal(bytes, path, conversion)) {
    datum.set_data(bytes);
    return datum;
  }
  if (conversion.encoded) {
    datum.set_data(ResizeJpeg(bytes, facts, path, conversion));
    if (!datum.data().empty()) return datum;
  }
  const cv::Mat image = ResizeImage(
      Decode(bytes, conversion.gray ? Colors::kGray : Colors::kColor),
      conversion);
  if (conversion.encoded) {
    datum.set_data(Encode(image, path, conversion));
  } else {
    StorePixels(image, &datum);
  }
  return datum;
}

}  // namespace doppio
