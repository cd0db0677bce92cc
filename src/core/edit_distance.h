#pragma once

#include <algorithm>
#include <cctype>
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

inline std::string LowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(c & 0xFF));
  return text;
}

// The one of `names` that was most likely meant by `name`, whatever the case of
// letters: the nearest, or one that `name` begins ("conv"). Empty if there are
// no names.
template <typename Names>
std::string Nearest(const std::string& name, const Names& names) {
  const std::string wanted = LowerCase(name);
  std::string nearest;
  int least = -1;
  for (const std::string& candidate : names) {
    const std::string lower = LowerCase(candidate);
    const bool begins = !wanted.empty() && lower != wanted &&
                        lower.compare(0, wanted.size(), wanted) == 0;
    const int distance = begins ? 1 : EditDistance(lower, wanted);
    if (least < 0 || distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace doppio
