#pragma once

#include "core/random.h"
#include "data/image.h"
#include "layers.pb.h"

namespace doppio {

// The image in the size that `param` asks for. Which interpolation, of several,
// and whether at all, given `prob`, comes from the numbers of `random` from
// `draw` on.
Image Resize(const Image& image, const ResizeParameter& param,
             const RandomStream& random, uint64_t draw);

}  // namespace doppio
