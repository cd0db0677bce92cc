#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace doppio {

// Levenshtein distance, for "did you mean".
inline int EditDistance(const std::string& a, const std::string& b) {
  std::vector<int> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const int substitute = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, substitute});
    }
  }
  return row.back();
}

// The one of `names` that is nearest to `name`; empty if there are none.
template <typename Names>
std::string Nearest(const std::string& name, const Names& names) {
  std::string nearest;
  int least = -1;
  for (const std::string& candidate : names) {
    const int distance = EditDistance(candidate, name);
    if (least < 0 || distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace doppio
