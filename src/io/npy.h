#pragma once

#include <string>
#include <vector>

#include "doppio/tensor.h"

namespace doppio {

// An array as NumPy's .npy files hold it. Values are in row-major order.
struct Array {
  Shape shape;
  std::vector<float> values;
};

// Reads floats, integers and booleans of any size, in row-major or
// column-major order. Throws Error for other kinds of elements, and for a file
// that is cut short or no .npy file.
Array ReadNpy(const std::string& path);

// Writes single precision, row-major, format version 1.0; atomically.
void WriteNpy(const std::string& path, const Array& array);

}  // namespace doppio
