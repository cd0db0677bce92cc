#include "data/image_type.h"

#include <cctype>
#include <map>
#include <mutex>
#include <opencv2/imgcodecs.hpp>
#include <utility>
#include <vector>

#include "data/image.h"
#include "doppio/error.h"

namespace doppio {

std::string TypeOf(std::string extension) {
  for (char& c : extension) c = std::tolower(static_cast<unsigned char>(c));
  return extension == "jpeg" || extension == "jpe" ? "jpg" : extension;
}

std::string TypeOfFile(const std::string& path) {
  const size_t dot = path.find_last_of("./");
  if (dot == std::string::npos || path[dot] != '.') return "";
  return TypeOf(path.substr(dot + 1));
}

bool StoredWith(int channels, const std::string& bytes) {
  try {
    return Decode(bytes, Colors::kAsStored).channels() == channels;
  } catch (const Error&) {
    return false;
  }
}

namespace {

// By a trial, since some types hold gray only, or no bytes.
bool TryToEncode(const std::string& type, int channels) {
  if (type.empty() || !cv::haveImageWriter("image." + type)) return false;
  const cv::Mat image(8, 8, CV_8UC(channels), cv::Scalar::all(0));
  std::vector<uchar> bytes;
  try {
    return cv::imencode("." + type, image, bytes) &&
           StoredWith(channels, {bytes.begin(), bytes.end()});
  } catch (const cv::Exception&) {
    return false;
  }
}

}  // namespace

bool CanEncode(const std::string& type, int channels) {
  if (type == "jpg") return true;
  static std::mutex mutex;
  static std::map<std::pair<std::string, int>, bool> tried;
  const std::lock_guard<std::mutex> lock(mutex);
  const auto [at, is_new] = tried.try_emplace({type, channels});
  if (is_new) at->second = TryToEncode(type, channels);
  return at->second;
}

}  // namespace doppio
