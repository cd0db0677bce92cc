#include "data/image_facts.h"

#include <cstdint>
#include <cstring>

namespace doppio {
namespace {

constexpr int kStartOfScan = 0xDA;
constexpr int kApp1 = 0xE1;

// Bytes as numbers; those beyond the end are zeros.
class Bytes {
 public:
  explicit Bytes(const std::string& bytes) : bytes_(bytes) {}

  size_t size() const { return bytes_.size(); }
  uint32_t At(size_t i) const {
    return i < bytes_.size() ? static_cast<unsigned char>(bytes_[i]) : 0;
  }
  uint32_t Big16(size_t i) const { return At(i) << 8 | At(i + 1); }
  uint32_t Big32(size_t i) const { return Big16(i) << 16 | Big16(i + 2); }
  uint32_t Little16(size_t i) const { return At(i + 1) << 8 | At(i); }
  uint32_t Little32(size_t i) const {
    return Little16(i + 2) << 16 | Little16(i);
  }
  bool Is(size_t i, const char* text, size_t length) const {
    return i + length <= bytes_.size() &&
           std::memcmp(bytes_.data() + i, text, length) == 0;
  }

 private:
  const std::string& bytes_;
};

// EXIF is a TIFF within a segment: a byte order, then directories of entries of
// twelve bytes. The first has the orientation, tag 0x0112.
int Orientation(const Bytes& bytes, size_t segment) {
  const size_t tiff = segment + 10;
  if (!bytes.Is(segment + 4, "Exif\0\0", 6)) return 1;
  const bool big = bytes.Is(tiff, "MM", 2);
  const auto two = [&](size_t i) {
    return big ? bytes.Big16(i) : bytes.Little16(i);
  };
  const size_t directory =
      tiff + (big ? bytes.Big32(tiff + 4) : bytes.Little32(tiff + 4));
  const uint32_t entries = two(directory);
  for (uint32_t i = 0; i < entries && directory + 12 * i < bytes.size(); ++i) {
    const size_t entry = directory + 2 + 12 * i;
    if (two(entry) != 0x0112) continue;
    const uint32_t value = two(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

bool IsFrame(uint32_t kind) {
  return kind >= 0xC0 && kind <= 0xCF && kind != 0xC4 && kind != 0xC8 &&
         kind != 0xCC;
}

// Segments: FF, perhaps several times, a kind, and a length in two bytes, which
// it includes.
ImageFacts FactsOfJpeg(const std::string& text) {
  const Bytes bytes(text);
  ImageFacts facts;
  facts.type = "jpg";
  size_t segment = 2;
  while (segment + 4 <= bytes.size() && bytes.At(segment) == 0xFF &&
         bytes.At(segment + 1) != kStartOfScan) {
    const uint32_t kind = bytes.At(segment + 1);
    if (kind == kApp1 && facts.orientation == 1) {
      facts.orientation = Orientation(bytes, segment);
    }
    if (IsFrame(kind)) {
      facts.bits = static_cast<int>(bytes.At(segment + 4));
      facts.cmyk = bytes.At(segment + 9) == 4;
    }
    segment += kind == 0xFF ? 1 : 2 + bytes.Big16(segment + 2);
  }
  // In compressed data, an FF that is no marker has a 00 after it.
  const size_t end = text.rfind("\xFF\xD9");
  facts.cut_short = end == std::string::npos || end < segment;
  return facts;
}

// Chunks: a length in four bytes, a kind in four letters, the content, a
// checksum in four bytes. The first is IHDR, the last IEND.
ImageFacts FactsOfPng(const std::string& text) {
  const Bytes bytes(text);
  ImageFacts facts;
  facts.type = "png";
  facts.bits = static_cast<int>(bytes.At(24));
  facts.alpha = (bytes.At(25) & 4) != 0;
  facts.cut_short = true;
  size_t chunk = 8;
  while (chunk + 12 <= bytes.size()) {
    if (bytes.Is(chunk + 4, "tRNS", 4)) facts.alpha = true;
    if (bytes.Is(chunk + 4, "IEND", 4)) facts.cut_short = false;
    chunk += 12 + size_t{bytes.Big32(chunk)};
  }
  return facts;
}

}  // namespace

ImageFacts FactsOf(const std::string& bytes) {
  const Bytes all(bytes);
  if (all.Is(0, "\xFF\xD8", 2)) return FactsOfJpeg(bytes);
  if (all.Is(0, "\x89PNG\r\n\x1A\n", 8)) return FactsOfPng(bytes);
  return {};
}

bool CutShort(const std::string& bytes) { return FactsOf(bytes).cut_short; }

}  // namespace doppio
