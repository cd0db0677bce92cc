#pragma once

#include "core/random.h"
#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

// Gives a blob's values as `filler` describes them: constant, uniform, gaussian
// (perhaps sparse), positive_unitball, xavier, msra or bilinear. Throws Error
// for an unknown type or a shape it cannot fill.
void Fill(const FillerParameter& filler, const RandomStream& random,
          Tensor* tensor);

// The same for shape.count() values in memory of the host.
void Fill(const FillerParameter& filler, const Shape& shape,
          const RandomStream& random, float* values);

}  // namespace doppio
