#pragma once

#include <string>

#include "data/conversion_report.h"
#include "data/image_conversion.h"
#include "data/image_list.h"
#include "data/lmdb_writer.h"

namespace doppio {

// Converts the images, below `root`, to records with Caffe's keys: the image's
// place in the list, in eight digits, and its path. Images that cannot be read
// are left out and reported, and so are, with `check_size`, those of another
// size than the first. Records that the writer has from before stay.
ConversionReport ConvertImages(const std::string& root, const ImageList& images,
                               const ImageConversion& conversion,
                               bool check_size, int threads,
                               LmdbWriter* writer);

}  // namespace doppio
