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
// letters: the nearest, or one that `name` begins ("conv"). Empty if none is
// near: if more than two letters of five would have to change.
template <typename Names>
std::string Nearest(const std::string& name, const Names& names) {
  constexpr size_t kBeginning = 3;  // letters that tell a name
  const std::string wanted = LowerCase(name);
  std::string nearest;
  int least = -1;
  for (const std::string& candidate : names) {
    const std::string lower = LowerCase(candidate);
    const bool begins = wanted.size() >= kBeginning && lower != wanted &&
                        lower.compare(0, wanted.size(), wanted) == 0;
    const int distance = begins ? 1 : EditDistance(lower, wanted);
    const size_t longer = std::max(lower.size(), wanted.size());
    const bool near = begins || 5 * static_cast<size_t>(distance) <= 2 * longer;
    if (near && (least < 0 || distance < least)) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

// What to say after "there is no such name": the nearest, or else all names if
// they are few; empty if they are many.
template <typename Names>
std::string Suggestion(const std::string& name, const Names& names) {
  constexpr size_t kFew = 12;
  const std::string nearest = Nearest(name, names);
  if (!nearest.empty()) return "; did you mean \"" + nearest + "\"?";
  if (names.empty() || names.size() > kFew) return "";
  std::string all;
  for (const std::string& one : names) {
    all += (all.empty() ? "; there is \"" : ", \"") + one + '"';
  }
  return all;
}

}  // namespace doppio
