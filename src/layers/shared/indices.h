#pragma once

#include <string>
#include <vector>

#include "doppio/tensor.h"

namespace doppio {

// A tensor's values as indices of [0, size). Throws Error for any other value;
// `what` names that which they count.
std::vector<int> ReadIndices(const Tensor& tensor, int size,
                             const std::string& what);

}  // namespace doppio
