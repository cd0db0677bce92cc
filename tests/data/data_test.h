#pragma once

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <utility>
#include <vector>

#include "data/lmdb_writer.h"
#include "doppio/data_source.h"
#include "doppio/error.h"

namespace doppio {

// A folder that goes with the test.
class TempFolder {
 public:
  TempFolder() {
    std::string name =
        (std::filesystem::temp_directory_path() / "doppio_XXXXXX").string();
    path_ = mkdtemp(&name[0]);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string operator/(const std::string& name) const {
    return path_ + "/" + name;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What the Error says that `body` throws.
template <typename Body>
std::string ErrorFrom(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "(no Error)";
}

inline void ExpectContains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

inline void WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A raw Datum whose byte i is (first + step * i) modulo 256.
inline Datum RawDatum(int channels, int height, int width, int label,
                      int first = 0, int step = 1) {
  Datum datum;
  datum.set_channels(channels);
  datum.set_height(height);
  datum.set_width(width);
  datum.set_label(label);
  for (int i = 0; i < channels * height * width; ++i) {
    datum.mutable_data()->push_back(static_cast<char>(first + step * i));
  }
  return datum;
}

// A smooth colour image: compressing it changes little.
inline cv::Mat SmoothImage(int height, int width, int shift = 0) {
  cv::Mat image(height, width, CV_8UC3);
  for (int h = 0; h < height; ++h) {
    for (int w = 0; w < width; ++w) {
      image.at<cv::Vec3b>(h, w) =
          cv::Vec3b(200 * h / height, 200 * w / width, 50 + shift);
    }
  }
  return image;
}

inline std::string EncodeImage(const cv::Mat& image,
                               const std::string& type = "png") {
  std::vector<uchar> bytes;
  cv::imencode("." + type, image, bytes);
  return {bytes.begin(), bytes.end()};
}

inline Datum EncodedDatum(const cv::Mat& image, int label,
                          const std::string& type = "png") {
  Datum datum;
  datum.set_data(EncodeImage(image, type));
  datum.set_encoded(true);
  datum.set_label(label);
  return datum;
}

inline void WriteLmdb(
    const std::string& path,
    const std::vector<std::pair<std::string, std::string>>& records) {
  LmdbWriter writer(path);
  for (const auto& [key, value] : records) writer.Put(key, value);
  writer.Finish();
}

inline void WriteLmdb(const std::string& path,
                      const std::vector<Datum>& datums) {
  std::vector<std::pair<std::string, std::string>> records;
  for (size_t i = 0; i < datums.size(); ++i) {
    char key[24];
    std::snprintf(key, sizeof key, "%08zu", i);
    records.emplace_back(key, datums[i].SerializeAsString());
  }
  WriteLmdb(path, records);
}

inline std::unique_ptr<DataSource> OpenLmdb(const std::string& path) {
  return DataSourceRegistry::Global().Open("LMDB", path);
}

}  // namespace doppio
