#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data.pb.h"

namespace doppio {

// What is drawn for people to look at.

struct LabelledPicture {
  cv::Mat image;  // bytes, of one or three channels
  std::string label;
};

// Rows of pictures on white, each fitted into a square of `side` pixels, with
// its label below, cut where it is too long.
cv::Mat ContactSheet(const std::vector<LabelledPicture>& pictures, int columns,
                     int side);

// rows x columns counts as squares, the darker the greater their share of their
// row.
cv::Mat ConfusionPicture(const std::vector<int64_t>& counts, int classes);

// Writes an image file, of the type that the name ends with.
void WritePicture(const std::string& file, const cv::Mat& picture);

// A record's image as it is stored, before a net's transform_param.
cv::Mat StoredPicture(const Datum& datum);

// A float image, C x H x W, values 0 to 255, as bytes in three channels.
cv::Mat PictureOf(const float* values, int channels, int height, int width);

}  // namespace doppio
