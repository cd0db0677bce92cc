#include "data/conversion_report.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <unordered_map>

#include "core/random.h"
#include "data/image.h"
#include "data/in_order.h"
#include "data/label_names.h"
#include "doppio/error.h"

namespace doppio {
namespace {

std::string LabelsOf(const LabelledImage& image) {
  if (image.labels.empty()) return std::to_string(image.label);
  std::ostringstream text;
  for (size_t i = 0; i < image.labels.size(); ++i) {
    text << (i ? " " : "") << image.labels[i];
  }
  return text.str();
}

bool SameLabels(const LabelledImage& a, const LabelledImage& b) {
  return a.label == b.label && a.labels == b.labels;
}

bool SameLabels(const LabelledImage& image, const Datum& datum) {
  return datum.label() == image.label &&
         std::equal(datum.labels().begin(), datum.labels().end(),
                    image.labels.begin(), image.labels.end());
}

// Eight bytes at a time.
uint64_t HashOfBytes(const std::string& bytes) {
  uint64_t hash = bytes.size();
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 32;
  }
  return Mix(hash ^ Hash(bytes.substr(i)));
}

// The hash of each record.
std::vector<uint64_t> Hashes(const DataSource& source, int threads) {
  constexpr int64_t kBlock = 64;  // records that one thread reads
  const int64_t blocks = (source.size() + kBlock - 1) / kBlock;
  std::vector<uint64_t> all;
  InOrder<std::vector<uint64_t>>(
      blocks, threads,
      [&](int64_t block) {
        std::vector<uint64_t> hashes;
        Datum datum;
        const int64_t end = std::min((block + 1) * kBlock, source.size());
        for (int64_t i = block * kBlock; i < end; ++i) {
          source.Read(i, &datum);
          hashes.push_back(HashOfImage(datum));
        }
        return hashes;
      },
      [&](int64_t, const std::vector<uint64_t>& hashes) {
        all.insert(all.end(), hashes.begin(), hashes.end());
      });
  return all;
}

// Whether the record is the image with these labels, and can be decoded.
void VerifyRecord(const DataSource& database, int64_t index,
                  const LabelledImage& image, uint64_t hash) {
  Datum datum;
  database.Read(index, &datum);
  Require(HashOfImage(datum) == hash && SameLabels(image, datum),
          database.Name(index), " is not what was written of ", image.path,
          "; the disk or the memory may be failing");
  try {
    ImageOf(datum, Colors::kAsStored);
  } catch (Error& error) {
    throw error.Prefix(database.Name(index));
  }
}

}  // namespace

void Note(const ImageFacts& facts, const std::string& path,
          ConversionReport* report) {
  const auto note = [&](bool applies, const char* rule) {
    if (applies) report->notes[rule].push_back(path);
  };
  note(facts.cmyk, "in CMYK, brought to blue, green and red");
  note(facts.bits > 8, "of more than 8 bits per value, brought to 8");
  note(facts.alpha, "with transparency, which is dropped");
  note(facts.orientation != 1, "turned by EXIF, stored upright");
  const size_t dot = path.find_last_of("./");
  std::string extension;
  if (dot != std::string::npos && path[dot] == '.') {
    extension = path.substr(dot + 1);
  }
  for (char& c : extension) c = std::tolower(static_cast<unsigned char>(c));
  const bool jpeg =
      extension == "jpg" || extension == "jpeg" || extension == "jpe";
  note((facts.type == "png" && jpeg) ||
           (facts.type == "jpg" && extension == "png"),
       "of another type than their names say, read as what they are");
}

uint64_t HashOfImage(const Datum& datum) {
  uint64_t hash = HashOfBytes(datum.data());
  for (const float value : datum.float_data()) {
    hash = Mix(hash ^ __builtin_bit_cast(uint32_t, value));
  }
  hash = Mix(hash ^ datum.channels());
  hash = Mix(hash ^ datum.height());
  return Mix(hash ^ datum.width());
}

std::vector<std::string> Duplicates(const ImageList& images,
                                    const ConversionReport& report) {
  std::vector<std::string> sentences;
  std::unordered_map<uint64_t, int64_t> first;
  for (size_t i = 0; i < report.hashes.size(); ++i) {
    const auto [entry, is_new] =
        first.emplace(report.hashes[i], report.images[i]);
    if (is_new) continue;
    const LabelledImage& a = images[entry->second];
    const LabelledImage& b = images[report.images[i]];
    sentences.push_back(b.path + " is the same image as " + a.path +
                        (SameLabels(a, b)
                             ? ""
                             : ", but its label is " + LabelsOf(b) +
                                   " and not " + LabelsOf(a)));
  }
  return sentences;
}

std::vector<std::string> Leaks(const ImageList& images,
                               const ConversionReport& report,
                               const DataSource& other, int threads) {
  std::unordered_map<uint64_t, int64_t> there;
  const std::vector<uint64_t> hashes = Hashes(other, threads);
  for (size_t i = 0; i < hashes.size(); ++i) there.emplace(hashes[i], i);
  std::vector<std::string> sentences;
  for (size_t i = 0; i < report.hashes.size(); ++i) {
    const auto found = there.find(report.hashes[i]);
    if (found == there.end()) continue;
    sentences.push_back(images[report.images[i]].path +
                        " is the same image as " + other.Name(found->second));
  }
  return sentences;
}

std::map<int, int64_t> ClassCounts(const ImageList& images,
                                   const ConversionReport& report) {
  std::map<int, int64_t> counts;
  for (const int64_t image : report.images) ++counts[images[image].label];
  return counts;
}

std::string Histogram(const std::map<int, int64_t>& counts,
                      const std::vector<std::string>& names) {
  int64_t most = 1;
  size_t width = 0;
  for (const auto& [label, count] : counts) {
    most = std::max(most, count);
    width = std::max(width, NameOf(label, names).size());
  }
  std::ostringstream out;
  constexpr int64_t kBar = 40;
  for (const auto& [label, count] : counts) {
    const std::string name = NameOf(label, names);
    out << name << std::string(width - name.size() + 2, ' ')
        << std::string(std::max<int64_t>(1, kBar * count / most), '#') << " "
        << count << "\n";
  }
  return out.str();
}

void Verify(const DataSource& database, const ImageList& images,
            const ConversionReport& report, int threads) {
  Require(database.size() == report.written, "the database has ",
          database.size(), " records, but ", report.written, " were written");
  InOrder<bool>(
      database.size(), threads,
      [&](int64_t i) {
        VerifyRecord(database, i, images[report.images[i]], report.hashes[i]);
        return true;
      },
      [](int64_t, bool) {});
}

}  // namespace doppio
