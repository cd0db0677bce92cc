#include "data/label_names.h"

#include <filesystem>
#include <sstream>

#include "io/file.h"

namespace doppio {

std::vector<std::string> LabelNames(const std::string& path) {
  const std::string file = path + "/" + kLabelNamesFile;
  std::error_code unreadable;
  if (!std::filesystem::is_regular_file(file, unreadable)) return {};
  return ReadNames(file);
}

std::vector<std::string> ReadNames(const std::string& file) {
  std::istringstream text(ReadFile(file));
  std::vector<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    names.push_back(line);
  }
  return names;
}

std::string NameOf(int label, const std::vector<std::string>& names) {
  std::string text = std::to_string(label);
  if (label >= 0 && label < static_cast<int>(names.size())) {
    text += " " + names[label];
  }
  return text;
}

}  // namespace doppio
