#pragma once

#include <string>

namespace doppio {

// What the head of an image file says of it, as far as it matters for training;
// JPEG and PNG only.
struct ImageFacts {
  std::string type;     // "jpg", "png", or empty
  int bits = 8;         // per value
  bool cmyk = false;    // four inks rather than three colours
  bool alpha = false;   // with transparency
  int orientation = 1;  // of EXIF; all but 1 stand turned or mirrored
  bool cut_short = false;
};

ImageFacts FactsOf(const std::string& bytes);

// Whether this is a JPEG or PNG whose end is missing; decoders fill up the rest
// of such an image, often without a word.
bool CutShort(const std::string& bytes);

}  // namespace doppio
