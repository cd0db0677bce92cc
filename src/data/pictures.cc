#include "data/pictures.h"

#include <algorithm>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "data/image.h"
#include "doppio/error.h"

namespace doppio {
namespace {

constexpr int kMargin = 4;
constexpr int kLineHeight = 14;
constexpr double kFontScale = 0.38;

cv::Mat Colored(const cv::Mat& image) {
  cv::Mat colored = image;
  if (image.channels() == 1) cv::cvtColor(image, colored, cv::COLOR_GRAY2BGR);
  if (image.channels() == 4) cv::cvtColor(image, colored, cv::COLOR_BGRA2BGR);
  return colored;
}

// Small images keep their pixels visible.
cv::Mat Fitted(const cv::Mat& image, int side) {
  const double factor =
      static_cast<double>(side) / std::max(image.rows, image.cols);
  const cv::Size size(std::max(1, static_cast<int>(image.cols * factor)),
                      std::max(1, static_cast<int>(image.rows * factor)));
  cv::Mat fitted;
  cv::resize(image, fitted, size, 0, 0,
             factor < 1 ? cv::INTER_AREA : cv::INTER_NEAREST);
  return fitted;
}

// As much of the text as fits; the font has letters of plain ASCII only.
std::string Cut(std::string text, int width) {
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  int baseline = 0;
  while (!text.empty() && cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX,
                                          kFontScale, 1, &baseline)
                                  .width > width) {
    text.pop_back();
  }
  return text;
}

}  // namespace

cv::Mat ContactSheet(const std::vector<LabelledPicture>& pictures, int columns,
                     int side) {
  const int count = static_cast<int>(pictures.size());
  columns = std::min(columns, std::max(count, 1));
  const int rows = (count + columns - 1) / columns;
  const int width = side + kMargin, height = side + kLineHeight + kMargin;
  cv::Mat sheet(std::max(1, rows) * height + kMargin, columns * width + kMargin,
                CV_8UC3, cv::Scalar::all(255));
  for (int i = 0; i < count; ++i) {
    const cv::Mat image = Fitted(Colored(pictures[i].image), side);
    const int left = i % columns * width + kMargin;
    const int top = i / columns * height + kMargin;
    image.copyTo(
        sheet(cv::Rect(left + (side - image.cols) / 2,
                       top + (side - image.rows) / 2, image.cols, image.rows)));
    cv::putText(sheet, Cut(pictures[i].label, side),
                {left, top + side + kLineHeight - 4}, cv::FONT_HERSHEY_SIMPLEX,
                kFontScale, cv::Scalar(), 1, cv::LINE_AA);
  }
  return sheet;
}

cv::Mat ConfusionPicture(const std::vector<int64_t>& counts, int classes) {
  cv::Mat shares(classes, classes, CV_8UC1, cv::Scalar(255));
  for (int row = 0; row < classes; ++row) {
    const int64_t* of = &counts[int64_t{row} * classes];
    const int64_t total = std::accumulate(of, of + classes, int64_t{0});
    for (int column = 0; column < classes && total > 0; ++column) {
      shares.at<uint8_t>(row, column) =
          static_cast<uint8_t>(255 - 255 * of[column] / total);
    }
  }
  constexpr int kLeastSide = 600;
  const int pixels = std::max(1, kLeastSide / classes);
  cv::Mat picture;
  cv::resize(shares, picture, {}, pixels, pixels, cv::INTER_NEAREST);
  return picture;
}

void WritePicture(const std::string& file, const cv::Mat& picture) {
  bool written = false;
  std::string reason =
      "is its folder there, and does its name end with .png "
      "or .jpg?";
  try {
    written = cv::imwrite(file, picture);
  } catch (const cv::Exception& exception) {
    reason = "its name should end with .png or .jpg";
  }
  Require(written, "cannot write the picture \"", file, "\"; ", reason);
}

cv::Mat StoredPicture(const Datum& datum) {
  const Image image = ImageOf(datum, Colors::kColor);
  std::vector<cv::Mat> planes;
  for (const cv::Mat& plane : image.planes) {
    planes.emplace_back();
    plane.convertTo(planes.back(), CV_8U);
  }
  if (planes.size() != 3) return planes[0];
  cv::Mat together;
  cv::merge(planes, together);
  return together;
}

cv::Mat PictureOf(const float* values, int channels, int height, int width) {
  const int64_t plane = int64_t{height} * width;
  std::vector<cv::Mat> planes;
  for (int c = 0; c < 3; ++c) {
    const int from = channels == 3 ? c : 0;
    const cv::Mat floats(height, width, CV_32FC1,
                         const_cast<float*>(values + from * plane));
    planes.emplace_back();
    floats.convertTo(planes.back(), CV_8U);
  }
  cv::Mat picture;
  cv::merge(planes, picture);
  return picture;
}

}  // namespace doppio
