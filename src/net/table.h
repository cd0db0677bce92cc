#pragma once

#include <string>
#include <vector>

namespace doppio {

// Aligned text, a row per line. The first row is the title and has a rule below
// it; the last has one above if it is the `total`. The first `text_columns` are
// set left, the others right.
std::string FormatTable(const std::vector<std::vector<std::string>>& rows,
                        size_t text_columns, bool total);

}  // namespace doppio
