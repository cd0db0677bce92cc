#pragma once

#include <vector>

#include "core/random.h"
#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

// Row-major values for a blob of this shape, as `filler` describes them:
// constant, uniform, gaussian (perhaps sparse), positive_unitball, xavier, msra
// or bilinear. Throws Error for an unknown type or a shape it cannot fill.
std::vector<float> Fill(const FillerParameter& filler, const Shape& shape,
                        const RandomStream& random);

}  // namespace doppio
