#include "io/npy.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "doppio/error.h"
#include "io/file.h"

// A .npy file is: the magic string, two bytes of version, the length of the
// header (2 bytes in version 1, 4 in versions 2 and 3, little-endian), the
// header, the elements. The header is a dictionary of Python:
//   {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
// padded with spaces and ended by a newline so that the elements are aligned.
namespace doppio {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
// NumPy itself reads no longer ones.
constexpr size_t kMostHeaderBytes = 10000;

template <typename T>
std::vector<float> Decode(const char* bytes, int64_t count) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, bytes + i * sizeof(T), sizeof(T));
    values[i] = static_cast<float>(value);
  }
  return values;
}

struct ElementType {
  const char* descr;
  size_t bytes;
  std::vector<float> (*decode)(const char*, int64_t);
};

constexpr ElementType kTypes[] = {
    {"<f4", 4, Decode<float>},    {"<f8", 8, Decode<double>},
    {"<i8", 8, Decode<int64_t>},  {"<i4", 4, Decode<int32_t>},
    {"<i2", 2, Decode<int16_t>},  {"|i1", 1, Decode<int8_t>},
    {"<u8", 8, Decode<uint64_t>}, {"<u4", 4, Decode<uint32_t>},
    {"<u2", 2, Decode<uint16_t>}, {"|u1", 1, Decode<uint8_t>},
    {"|b1", 1, Decode<uint8_t>},
};

const ElementType& TypeNamed(const std::string& descr) {
  for (const ElementType& type : kTypes) {
    if (descr == type.descr) return type;
  }
  throw Error("its elements are \"", descr,
              "\"; save it as float32, e.g. array.astype(numpy.float32)");
}

// The value of a key of the header and what follows it. It must begin with one
// of the letters `first`.
std::string Value(const std::string& header, const std::string& key,
                  const std::string& first) {
  const std::string quoted = "'" + key + "'";
  const size_t found = header.find(quoted);
  const size_t at = found == std::string::npos
                        ? found
                        : header.find_first_not_of(": ", found + quoted.size());
  Require(at != std::string::npos && first.find(header[at]) != first.npos,
          "its header has no ", key, " that can be read here: ", header);
  return header.substr(at);
}

// The part of `text` after its first character, before `end`.
std::string Inner(const std::string& text, char end) {
  const size_t at = text.find(end, 1);
  Require(at != std::string::npos, "its header has no ", end, " after ", text);
  return text.substr(1, at - 1);
}

Shape ParseShape(const std::string& text) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  std::vector<int> extents;
  int64_t count = 1;
  constexpr const char* kDigits = "0123456789";
  for (size_t at = text.find_first_of(kDigits); at != std::string::npos;) {
    const size_t end =
        std::min(text.find_first_not_of(kDigits, at), text.size());
    const int64_t extent =
        end - at > 18 ? kMost + 1 : std::stoll(text.substr(at, end - at));
    at = text.find_first_of(kDigits, end);
    Require(extent <= kMost && (extent == 0 || count <= kMost / extent),
            "its shape (", text, ") has more than ", kMost, " elements");
    count *= extent;
    extents.push_back(static_cast<int>(extent));
  }
  return Shape(std::move(extents));
}

// From column-major order, where the first axis runs fastest.
std::vector<float> RowMajor(const Shape& shape,
                            const std::vector<float>& columns) {
  std::vector<float> rows(columns.size());
  std::vector<int> at(shape.axes());
  for (const float value : columns) {
    int64_t row_major = 0;
    for (int axis = 0; axis < shape.axes(); ++axis) {
      row_major = row_major * shape[axis] + at[axis];
    }
    rows[row_major] = value;
    for (int axis = 0; axis < shape.axes(); ++axis) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
  return rows;
}

void RequireBytes(const std::string& bytes, size_t needed) {
  Require(bytes.size() >= needed, "it is cut short (ends at byte ",
          bytes.size(), " of ", needed, ")");
}

// Where the elements begin; fills in the header before them.
size_t ParseHeader(const std::string& bytes, std::string* header) {
  Require(bytes.compare(0, kMagic.size(), kMagic) == 0,
          "it is no .npy file, which would begin with \\x93NUMPY");
  size_t at = kMagic.size() + 2;
  RequireBytes(bytes, at);
  const int version = static_cast<uint8_t>(bytes[kMagic.size()]);
  Require(version >= 1 && version <= 3, "it has version ", version,
          " of the format; 1 to 3 are known here");
  const int length_bytes = version == 1 ? 2 : 4;
  RequireBytes(bytes, at + length_bytes);
  size_t length = 0;
  for (int i = length_bytes - 1; i >= 0; --i) {
    length = length << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  at += length_bytes;
  Require(length <= kMostHeaderBytes, "its header is said to have ", length,
          " bytes; ", kMostHeaderBytes, " are the most");
  RequireBytes(bytes, at + length);
  *header = bytes.substr(at, length);
  return at + length;
}

Array Parse(const std::string& bytes) {
  std::string header;
  const size_t start = ParseHeader(bytes, &header);
  const ElementType& type = TypeNamed(Inner(Value(header, "descr", "'"), '\''));
  const bool fortran = Value(header, "fortran_order", "TF")[0] == 'T';
  Array array;
  array.shape = ParseShape(Inner(Value(header, "shape", "("), ')'));
  const int64_t count = array.shape.count();
  RequireBytes(bytes, start + count * type.bytes);
  array.values = type.decode(bytes.data() + start, count);
  if (fortran) array.values = RowMajor(array.shape, array.values);
  return array;
}

// As Python writes it: (), (5,), (5, 2).
std::string Tuple(const Shape& shape) {
  std::string text;
  for (const int extent : shape.extents()) {
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  }
  return "(" + text + (shape.axes() == 1 ? ",)" : ")");
}

}  // namespace

Array ReadNpy(const std::string& path) {
  try {
    return Parse(ReadFile(path));
  } catch (Error& error) {
    throw error.Prefix(path);
  }
}

void WriteNpy(const std::string& path, const Array& array) {
  CHECK_EQ(array.shape.count(), static_cast<int64_t>(array.values.size()));
  constexpr size_t kAlignment = 64;
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': " +
                     Tuple(array.shape) + ", }";
  const size_t prefix = kMagic.size() + 2 + 2;
  text.resize((prefix + text.size() + kAlignment) / kAlignment * kAlignment -
                  prefix - 1,
              ' ');
  text += '\n';
  const std::string length = {static_cast<char>(text.size() & 0xFF),
                              static_cast<char>(text.size() >> 8)};
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2) + length + text;
  bytes.append(reinterpret_cast<const char*>(array.values.data()),
               array.values.size() * sizeof(float));
  WriteFileAtomically(path, bytes);
}

}  // namespace doppio
