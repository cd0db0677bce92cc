#include "data/image_list.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {
namespace {

namespace fs = std::filesystem;

// Blanks, and the carriage returns of other systems.
void TrimRight(std::string* line) {
  line->erase(line->find_last_not_of(" \t\r") + 1);
}

int ParseLabel(const std::string& text) {
  int label = -1;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, label);
  Require(!text.empty() && error == std::errc() && rest == end && label >= 0,
          "the label \"", text, "\" is not a whole number from 0 on");
  return label;
}

LabelledImage ParseLine(const std::string& line, Labels labels) {
  const size_t space = line.rfind(' ');
  if (labels == Labels::kAsCaffe) {
    if (space == std::string::npos) return {line, 0, {}};
    return {line.substr(0, space), std::atoi(line.c_str() + space + 1), {}};
  }
  Require(space != std::string::npos,
          "there is no label behind the path; a line is \"path label\"");
  return {line.substr(0, space), ParseLabel(line.substr(space + 1)), {}};
}

float ParseNumber(const std::string& text) {
  char* end = nullptr;
  const float number = std::strtof(text.c_str(), &end);
  Require(!text.empty() && *end == '\0' && std::isfinite(number),
          "the label \"", text, "\" is not a number");
  return number;
}

// From the line's end, since paths may have spaces.
LabelledImage ParseLabels(std::string line, int labels) {
  LabelledImage image;
  for (int i = 0; i < labels; ++i) {
    const size_t space = line.rfind(' ');
    Require(space != std::string::npos, "there are ", i,
            " labels behind the path, not ", labels);
    image.labels.insert(image.labels.begin(),
                        ParseNumber(line.substr(space + 1)));
    line.resize(space);
    TrimRight(&line);
  }
  image.path = line;
  const float first = image.labels[0];
  constexpr float kMost = 1 << 24;
  if (first >= 0 && first < kMost && first == std::floor(first)) {
    image.label = static_cast<int>(first);
  }
  return image;
}

// The lines of a list that are not empty, parsed.
template <typename Parse>
ImageList ReadList(const std::string& file, Parse parse) {
  std::istringstream text(ReadFile(file));
  ImageList images;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    TrimRight(&line);
    if (line.empty()) continue;
    try {
      images.push_back(parse(line));
    } catch (Error& error) {
      throw error.Prefix(file + ":" + std::to_string(number));
    }
  }
  Require(!images.empty(), "\"", file, "\" lists no images");
  return images;
}

class ImageListSource : public DataSource {
 public:
  ImageListSource(ImageList images, std::string root)
      : images_(std::move(images)), root_(std::move(root)) {}

  int64_t size() const override { return images_.size(); }

  void Read(int64_t index, Datum* datum) const override {
    datum->Clear();
    datum->set_data(ReadFile(Name(index)));
    datum->set_encoded(true);
    datum->set_label(images_[index].label);
  }

  std::string Name(int64_t index) const override {
    return root_ + images_[index].path;
  }

 private:
  const ImageList images_;
  const std::string root_;
};

bool HasImageExtension(const fs::path& path) {
  static const std::set<std::string> kExtensions = {
      ".bmp", ".jpe", ".jpeg", ".jpg", ".pbm",  ".pgm",
      ".png", ".pnm", ".ppm",  ".tif", ".tiff", ".webp"};
  std::string extension = path.extension();
  for (char& c : extension) c = std::tolower(static_cast<unsigned char>(c));
  return kExtensions.count(extension) > 0;
}

bool Hidden(const fs::path& path) {
  return path.filename().string().compare(0, 1, ".") == 0;
}

// Adds the images anywhere below root/name, by path.
void ListClass(const fs::path& root, const std::string& name,
               ClassFolders* folders) {
  const int label = static_cast<int>(folders->classes.size());
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(
           root / name, fs::directory_options::follow_directory_symlink)) {
    if (!entry.is_regular_file() || Hidden(entry.path())) continue;
    if (HasImageExtension(entry.path())) {
      paths.push_back(entry.path().lexically_relative(root));
    } else {
      ++folders->other_files;
    }
  }
  std::sort(paths.begin(), paths.end());
  for (std::string& path : paths) {
    folders->images.push_back({std::move(path), label, {}});
  }
  folders->classes.push_back(name);
}

}  // namespace

ImageList ReadImageList(const std::string& file, Labels labels) {
  return ReadList(
      file, [&](const std::string& line) { return ParseLine(line, labels); });
}

ImageList ReadImageListOfLabels(const std::string& file, int labels) {
  return ReadList(
      file, [&](const std::string& line) { return ParseLabels(line, labels); });
}

ClassFolders ListClassFolders(const std::string& root) {
  ClassFolders folders;
  try {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(root)) {
      if (entry.is_directory() && !Hidden(entry.path())) {
        names.insert(entry.path().filename());
      }
    }
    for (const std::string& name : names) ListClass(root, name, &folders);
  } catch (const fs::filesystem_error& error) {
    throw Error("cannot list \"", error.path1().string(),
                "\": ", error.code().message());
  }
  Require(!folders.classes.empty(), "\"", root,
          "\" has no folders, of which each would be a class");
  Require(!folders.images.empty(), "there are no images in the folders of \"",
          root, "\"");
  return folders;
}

std::unique_ptr<DataSource> OpenImageList(const std::string& file,
                                          const std::string& root) {
  return std::make_unique<ImageListSource>(
      ReadImageList(file, Labels::kAsCaffe), root);
}

}  // namespace doppio
