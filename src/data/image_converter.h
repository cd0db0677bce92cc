#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data.pb.h"
#include "data/conversion_report.h"
#include "data/image_list.h"
#include "data/lmdb_writer.h"

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

// Converts the images, below `root`, to records with Caffe's keys: the image's
// place in the list, in eight digits, and its path. Images that cannot be read
// are left out and reported, and so are, with `check_size`, those of another
// size than the first. Records that the writer has from before stay.
ConversionReport ConvertImages(const std::string& root, const ImageList& images,
                               const ImageConversion& conversion,
                               bool check_size, int threads,
                               LmdbWriter* writer);

}  // namespace doppio
