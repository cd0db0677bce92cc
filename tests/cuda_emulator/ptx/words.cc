#include "words.h"

#include <cctype>

namespace emulator::ptx {
namespace {

bool InName(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%' || c == '.';
}

// The end of the comment, name, string or sign that begins there.
size_t EndOf(const std::string& ptx, size_t at) {
  if (ptx.compare(at, 2, "//") == 0) return ptx.find('\n', at);
  if (ptx.compare(at, 2, "/*") == 0) {
    const size_t end = ptx.find("*/", at + 2);
    return end == std::string::npos ? end : end + 2;
  }
  if (ptx[at] == '"') {
    const size_t end = ptx.find('"', at + 1);
    return end == std::string::npos ? end : end + 1;
  }
  if (!InName(ptx[at])) return at + 1;
  while (at < ptx.size()) {
    if (InName(ptx[at])) {
      ++at;
    } else if (ptx.compare(at, 2, "::") == 0) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

std::vector<Word> SplitWords(const std::string& ptx) {
  std::vector<Word> words;
  int line = 1;
  for (size_t at = 0; at < ptx.size();) {
    const char c = ptx[at];
    if (c == '\n') ++line;
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    size_t end = EndOf(ptx, at);
    if (end > ptx.size()) end = ptx.size();
    const std::string text = ptx.substr(at, end - at);
    const bool comment =
        text.compare(0, 2, "//") == 0 || text.compare(0, 2, "/*") == 0;
    if (!comment) words.push_back({text, line});
    for (const char inside : text) line += inside == '\n';
    at = end;
  }
  words.push_back({"", line});
  return words;
}

}  // namespace emulator::ptx
