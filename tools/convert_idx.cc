// Makes a database of images in the IDX format of MNIST.
//
// An IDX file: two bytes 0, one for the kind of values (8: bytes), one for the
// number of axes, then each axis's length in four bytes, most significant
// first, then the values, row-major.

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "data.pb.h"
#include "data/lmdb_writer.h"
#include "tool.h"

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Makes a database of images in the IDX format of MNIST.\n\n"
    "  convert_idx IMAGES LABELS DB\n\n"
    "The files may be compressed (.gz). DB becomes an LMDB.";

struct Idx {
  std::vector<size_t> shape;
  std::string values;
};

// The file, decompressed if need be.
std::string ReadZipped(const std::string& path) {
  const std::unique_ptr<gzFile_s, decltype(&gzclose)> file(
      gzopen(path.c_str(), "rb"), gzclose);
  Require(file != nullptr, "cannot read ", path, ": ", std::strerror(errno));
  std::string bytes;
  std::string part(1 << 20, '\0');
  int got;
  while ((got = gzread(file.get(), &part[0], part.size())) > 0) {
    bytes.append(part, 0, got);
  }
  int code = Z_OK;
  const std::string reason = gzerror(file.get(), &code);
  Require(code != Z_BUF_ERROR, path,
          " is cut short: its compressed data ends "
          "too early");
  Require(got == 0 && code == Z_OK, "cannot read ", path, ": ",
          code == Z_ERRNO ? std::strerror(errno) : reason);
  return bytes;
}

Idx ReadIdx(const std::string& path, int axes) {
  const std::string bytes = ReadZipped(path);
  const size_t header = 4 + 4 * axes;
  const std::string magic = {0, 0, 8, static_cast<char>(axes)};
  Require(bytes.size() >= header && bytes.compare(0, 4, magic) == 0, path,
          " is not an IDX file of bytes with ", axes,
          axes == 1 ? " axis" : " axes", "; it does not begin with 00 00 08 0",
          axes);
  Idx idx;
  size_t count = 1;
  for (int axis = 0; axis < axes; ++axis) {
    size_t extent = 0;
    for (int i = 0; i < 4; ++i) {
      extent =
          256 * extent + static_cast<unsigned char>(bytes[4 + 4 * axis + i]);
    }
    idx.shape.push_back(extent);
    count *= extent;
  }
  Require(bytes.size() - header == count, path, " holds ",
          bytes.size() - header, " values, but its header counts ", count);
  idx.values = bytes.substr(header);
  return idx;
}

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 3, "convert_idx takes IMAGES LABELS DB, but got ",
          arguments.size(), " arguments; --help tells more");
  const Idx images = ReadIdx(arguments[0], 3);
  const Idx labels = ReadIdx(arguments[1], 1);
  Require(images.shape[0] == labels.shape[0], arguments[0], " has ",
          images.shape[0], " images, but ", arguments[1], " has ",
          labels.shape[0], " labels");
  Require(!images.values.empty(), arguments[0], " has no images");

  LmdbWriter writer(arguments[2]);
  Datum datum;
  datum.set_channels(1);
  datum.set_height(images.shape[1]);
  datum.set_width(images.shape[2]);
  const size_t size = images.shape[1] * images.shape[2];
  for (size_t i = 0; i < images.shape[0]; ++i) {
    datum.set_data(&images.values[i * size], size);
    datum.set_label(static_cast<unsigned char>(labels.values[i]));
    char key[24];
    std::snprintf(key, sizeof key, "%08zu", i);
    writer.Put(key, datum.SerializeAsString());
  }
  writer.Finish();
  LOG(INFO) << images.shape[0] << " images of " << images.shape[1] << "x"
            << images.shape[2] << " are in " << arguments[2];
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
