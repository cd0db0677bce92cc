#pragma once

#include <string>

#include "data.pb.h"

namespace doppio {

// How image files become Datums.
struct ImageConversion {
  bool gray = false;
  // Stretches to this size; 0 for both leaves it.
  int resize_height = 0;
  int resize_width = 0;
  // Brings the short side to this length, keeping the aspect, and cuts out the
  // central square. Not together with the two above.
  int resize_short = 0;
  // Stores image files rather than pixels: the original's bytes where size,
  // channels and type stay; otherwise an image encoded anew.
  bool encoded = false;
  // The type of those, as a file name's extension; empty for the original's.
  std::string encode_type;

  // Throws Error if these contradict one another.
  void Check() const;
};

// The Datum for the bytes of an image file, of which `path` tells the type.
Datum ConvertImage(const std::string& bytes, const std::string& path,
                   const ImageConversion& conversion);

}  // namespace doppio
