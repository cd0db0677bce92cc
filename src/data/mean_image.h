#pragma once

#include "data.pb.h"
#include "doppio/data_source.h"

namespace doppio {

// The mean of all images, 1 x C x H x W, as a mean_file holds it. The sums are
// double and independent of the number of threads. Throws Error, naming the
// record, if an image is of another size than the first.
BlobProto MeanImage(const DataSource& source, int threads);

// What the pixels' colours are like. If `mean` is not null, the mean image too,
// in the same pass; without, images may be of any size.
ColorStatistics ColorsOf(const DataSource& source, int threads,
                         BlobProto* mean);

}  // namespace doppio
