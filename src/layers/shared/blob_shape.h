#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "doppio/error.h"
#include "doppio/tensor.h"
#include "layers.pb.h"

namespace doppio {

inline Shape ShapeOf(const BlobShape& proto) {
  std::vector<int> extents;
  for (const int64_t dim : proto.dim()) {
    Require(dim >= 0 && dim <= std::numeric_limits<int>::max(), "a shape has ",
            "dim: ", dim, "; a dim lies in 0 ... ",
            std::numeric_limits<int>::max());
    extents.push_back(static_cast<int>(dim));
  }
  return Shape(std::move(extents));
}

}  // namespace doppio
