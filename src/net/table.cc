#include "net/table.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

namespace doppio {
namespace {

using Row = std::vector<std::string>;

std::string Format(const Row& row, const std::vector<size_t>& widths,
                   size_t text_columns) {
  std::ostringstream line;
  for (size_t c = 0; c < row.size(); ++c) {
    line << (c ? "  " : "") << (c < text_columns ? std::left : std::right)
         << std::setw(widths[c]) << row[c];
  }
  return line.str() + "\n";
}

}  // namespace

std::string FormatTable(const std::vector<Row>& rows, size_t text_columns,
                        bool total) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], row[c].size());
    }
  }
  std::string table;
  for (size_t r = 0; r < rows.size(); ++r) {
    const std::string line = Format(rows[r], widths, text_columns);
    const std::string rule = std::string(line.size() - 1, '-') + "\n";
    if (total && r + 1 == rows.size()) table += rule;
    table += line;
    if (r == 0) table += rule;
  }
  return table;
}

}  // namespace doppio
