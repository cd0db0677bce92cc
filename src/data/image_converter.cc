#include "data/image_converter.h"

#include <glog/logging.h>

#include <chrono>
#include <cstdio>
#include <opencv2/core.hpp>
#include <string_view>
#include <unordered_map>

#include "data/image.h"
#include "data/image_facts.h"
#include "data/in_order.h"
#include "doppio/error.h"
#include "doppio/tensor.h"
#include "io/file.h"

namespace doppio {
namespace {

// What became of one file.
struct Converted {
  std::string datum;  // serialized; empty if it is there from before
  uint64_t hash = 0;
  std::string size;  // if it is to be checked
  std::string problem;
  ImageFacts facts;
};

// The hashes of records from before, by their keys.
using Records = std::unordered_map<std::string, uint64_t>;

std::string SizeOf(const Datum& datum) {
  const Image image = ImageOf(datum, Colors::kAsStored);
  return ToString(Shape{image.channels(), image.height(), image.width()});
}

void ConvertBytes(const std::string& bytes, const LabelledImage& image,
                  const ImageConversion& conversion, bool check_size,
                  Converted* converted) {
  Datum datum = ConvertImage(bytes, image.path, conversion);
  datum.set_label(image.label);
  for (const float label : image.labels) datum.add_labels(label);
  if (check_size) converted->size = SizeOf(datum);
  converted->hash = HashOfImage(datum);
  converted->datum = datum.SerializeAsString();
}

Converted ConvertFile(const std::string& root, const LabelledImage& image,
                      const ImageConversion& conversion, bool check_size,
                      const uint64_t* from_before) {
  Converted converted;
  if (from_before != nullptr) converted.hash = *from_before;
  try {
    const std::string bytes = ReadFile(root + image.path);
    converted.facts = FactsOf(bytes);
    if (from_before != nullptr) return converted;
    try {
      ConvertBytes(bytes, image, conversion, check_size, &converted);
    } catch (Error& error) {
      throw error.Prefix(root + image.path);
    } catch (const cv::Exception& exception) {
      throw Error(root, image.path,
                  ": the image cannot be converted: ", exception.err);
    }
  } catch (const Error& error) {
    // A record from before stays, whatever became of its file.
    if (from_before == nullptr) converted.problem = error.what();
  }
  return converted;
}

std::string Key(int64_t number, const std::string& path) {
  constexpr size_t kLongestKey = 511;  // of LMDB
  char digits[24];
  std::snprintf(digits, sizeof digits, "%08ld_", static_cast<long>(number));
  return (digits + path).substr(0, kLongestKey);
}

Records RecordsOf(LmdbWriter* writer, std::string* first_size) {
  Records records;
  Datum datum;
  writer->ForEach([&](const std::string& key, std::string_view value) {
    if (!datum.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      return;
    }
    records[key] = HashOfImage(datum);
    if (first_size != nullptr && first_size->empty()) {
      *first_size = SizeOf(datum);
    }
  });
  return records;
}

// Says now and then how far it is.
class Progress {
 public:
  explicit Progress(int64_t total) : total_(total) {}

  void Count() {
    ++done_;
    const std::chrono::duration<double> elapsed = Clock::now() - start_;
    if (done_ < total_ && elapsed.count() < next_) return;
    next_ = elapsed.count() + 5;
    LOG(INFO) << done_ << " of " << total_ << " images, "
              << static_cast<int64_t>(done_ / elapsed.count()) << " images/s";
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
  const int64_t total_;
  int64_t done_ = 0;
  double next_ = 5;  // seconds from the start
};

}  // namespace

ConversionReport ConvertImages(const std::string& root, const ImageList& images,
                               const ImageConversion& conversion,
                               bool check_size, int threads,
                               LmdbWriter* writer) {
  conversion.Check();
  cv::setNumThreads(1);
  ConversionReport report;
  Progress progress(images.size());
  std::string first_size;
  const Records before = RecordsOf(writer, check_size ? &first_size : nullptr);
  const auto take = [&](int64_t i, Converted converted) {
    progress.Count();
    const std::string path = root + images[i].path;
    const bool kept = before.count(Key(i, images[i].path)) > 0;
    if (converted.problem.empty() && check_size && !kept) {
      if (first_size.empty()) first_size = converted.size;
      if (converted.size != first_size) {
        converted.problem = path + " is " + converted.size +
                            ", but the first image " + first_size;
      }
    }
    if (!converted.problem.empty()) {
      report.bad.push_back(std::move(converted.problem));
      return;
    }
    Note(converted.facts, path, &report);
    if (!kept) {
      writer->Put(Key(i, images[i].path), std::move(converted.datum));
    }
    report.images.push_back(i);
    report.hashes.push_back(converted.hash);
    ++report.written;
    report.kept += kept;
  };
  InOrder<Converted>(
      images.size(), threads,
      [&](int64_t i) {
        const auto found = before.find(Key(i, images[i].path));
        return ConvertFile(root, images[i], conversion, check_size,
                           found == before.end() ? nullptr : &found->second);
      },
      take);
  return report;
}

}  // namespace doppio
