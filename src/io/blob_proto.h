#pragma once

#include <vector>

#include "data.pb.h"
#include "doppio/tensor.h"

namespace doppio {

// The shape of a stored array: four axes if it has the old fields num,
// channels, height, width. Throws Error if an extent is negative or there are
// more than 2^31 - 1 elements.
Shape ShapeOf(const BlobProto& proto);

// Values, and gradients, in row-major order, from single or double precision.
// Throws Error if there are more or fewer than the shape says; gradients may be
// missing altogether and are empty then.
std::vector<float> ValuesOf(const BlobProto& proto);
std::vector<float> DiffsOf(const BlobProto& proto);

// Overwrites `proto` with shape and values.
void ToProto(const Tensor& tensor, BlobProto* proto);
// Adds the gradients of a blob whose values are there already.
void AddDiffs(const Tensor& tensor, BlobProto* proto);

}  // namespace doppio
