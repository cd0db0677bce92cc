#pragma once

#include <optional>

#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

// The shape N x C x H x W that a Data or ImageData layer gives its images, if
// its parameters alone say it: the size by crop_size or a resize, C being 3, or
// 1 for gray images. Opens no file; stored images may have another C. Labels
// have the shape N.
std::optional<Shape> ShapeFromParams(const LayerParameter& param);

}  // namespace doppio
