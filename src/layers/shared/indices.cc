#include "layers/shared/indices.h"

#include <cmath>

#include "doppio/error.h"

namespace doppio {

std::vector<int> ReadIndices(const Tensor& tensor, int size,
                             const std::string& what) {
  const float* values = tensor.data();
  std::vector<int> indices(tensor.count());
  for (size_t i = 0; i < indices.size(); ++i) {
    const float v = values[i];
    Require(v >= 0 && v < size && v == std::floor(v), "value ", v,
            " at position ", i, " is not the index of one of the ", size, " ",
            what, " (0..", size - 1, ")");
    indices[i] = static_cast<int>(v);
  }
  return indices;
}

}  // namespace doppio
