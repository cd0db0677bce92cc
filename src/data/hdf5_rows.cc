#include "data/hdf5_rows.h"

#include <algorithm>
#include <numeric>
#include <sstream>

#include "doppio/error.h"
#include "io/file.h"
#include "io/hdf5.h"

namespace doppio {
namespace {

std::vector<uint32_t> InOrderOfFile(int64_t size) {
  std::vector<uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

Hdf5Rows::Hdf5Rows(const std::string& list,
                   const std::vector<std::string>& sets, bool shuffle,
                   uint64_t seed, const std::string& layer)
    : sets_(sets), shuffle_(shuffle), seed_(seed), layer_(Hash(layer)) {
  std::istringstream names(ReadFile(list));
  for (std::string name; names >> name;) files_.push_back({name, 0});
  Require(!files_.empty(), "\"", list, "\" lists no HDF5 files");
  for (File& file : files_) CountRows(&file);
  Require(total_ > 0, "the HDF5 files of \"", list, "\" have no rows");
}

void Hdf5Rows::CountRows(File* file) {
  const std::unique_ptr<Hdf5Reader> reader = OpenHdf5(file->path);
  for (size_t s = 0; s < sets_.size(); ++s) {
    const Shape shape = reader->ShapeOf(sets_[s]);
    Require(shape.axes() > 0, "data set \"", sets_[s], "\" of ", file->path,
            " is one number; the rows of a batch lie along its first axis");
    const std::vector<int>& extents = shape.extents();
    const Shape row(std::vector<int>(extents.begin() + 1, extents.end()));
    if (file == files_.data()) row_shapes_.push_back(row);
    Require(row == row_shapes_[s], "the rows of \"", sets_[s], "\" are ", row,
            " in ", file->path, ", but ", row_shapes_[s], " in ",
            files_[0].path);
    if (s == 0) file->rows = shape[0];
    Require(shape[0] == file->rows, file->path, " has ", file->rows,
            " rows of \"", sets_[0], "\", but ", shape[0], " of \"", sets_[s],
            "\"");
  }
  total_ += file->rows;
}

void Hdf5Rows::BeginEpoch(int64_t epoch) {
  epoch_ = epoch;
  const RandomStream random(seed_, Draw::kShuffle, layer_, epoch);
  file_order_ = shuffle_ ? Permutation(files_.size(), random)
                         : InOrderOfFile(files_.size());
  loaded_ = shuffle_ ? -1 : loaded_;
}

void Hdf5Rows::Load(int file) {
  const std::unique_ptr<Hdf5Reader> reader = OpenHdf5(files_[file].path);
  arrays_.clear();
  for (const std::string& set : sets_) arrays_.push_back(reader->Read(set));
  const RandomStream random(seed_, Draw::kShuffle, Mix(layer_ + file + 1),
                            epoch_);
  row_order_ = shuffle_ ? Permutation(files_[file].rows, random)
                        : InOrderOfFile(files_[file].rows);
  loaded_ = file;
}

void Hdf5Rows::Read(int64_t number, const std::vector<float*>& to) {
  if (number / total_ != epoch_) BeginEpoch(number / total_);
  int64_t row = number % total_;
  size_t place = 0;
  while (row >= files_[file_order_[place]].rows) {
    row -= files_[file_order_[place++]].rows;
  }
  const int file = static_cast<int>(file_order_[place]);
  if (file != loaded_) Load(file);
  for (size_t s = 0; s < sets_.size(); ++s) {
    const int64_t count = row_shapes_[s].count();
    const float* from = arrays_[s].values.data() + row_order_[row] * count;
    std::copy(from, from + count, to[s]);
  }
}

}  // namespace doppio
