#pragma once

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "data.pb.h"

namespace doppio {

// A sample's pixels before they become floats: one matrix in which the channels
// alternate, as image files are decoded; or one matrix per channel, as raw
// Datums lie. The values are bytes or, in raw Datums only, floats. Colour is
// blue, green, red.
struct Image {
  std::vector<cv::Mat> planes;

  bool interleaved() const { return planes.size() == 1; }
  int channels() const {
    return interleaved() ? planes[0].channels()
                         : static_cast<int>(planes.size());
  }
  int height() const { return planes[0].rows; }
  int width() const { return planes[0].cols; }
};

// How many channels a decoded image shall have: as many as its file has, three,
// or one.
enum class Colors { kAsStored, kColor, kGray };

// Decodes the bytes of an image file. Throws Error if they are none, or hold
// more than 8 bits per value and are wanted as stored.
cv::Mat Decode(const std::string& bytes, Colors colors);

// The pixels of a Datum; those of a raw one are not copied, so that the Datum
// must outlive the image. Throws Error if its bytes and its dimensions
// disagree. `colors` counts for encoded Datums only.
Image ImageOf(const Datum& datum, Colors colors);

}  // namespace doppio
