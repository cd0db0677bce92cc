#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/sample_order.h"
#include "doppio/tensor.h"
#include "io/npy.h"

namespace doppio {

// The rows of a list of HDF5 files: entries along the first axis, which is
// equally long in all data sets of a file. They count from 0 over all epochs,
// and come file by file; shuffled, in a new order of files and of the rows
// within each. One file is in memory at a time.
class Hdf5Rows {
 public:
  // `sets` are the names of the data sets.
  Hdf5Rows(const std::string& list, const std::vector<std::string>& sets,
           bool shuffle, uint64_t seed, const std::string& layer);

  // One row of a data set, without the first axis.
  const Shape& row_shape(int set) const { return row_shapes_[set]; }

  // Copies row number `number` of each data set to where `to` points.
  void Read(int64_t number, const std::vector<float*>& to);

 private:
  struct File {
    std::string path;
    int rows = 0;
  };

  void CountRows(File* file);
  void BeginEpoch(int64_t epoch);
  void Load(int file);

  const std::vector<std::string> sets_;
  const bool shuffle_;
  const uint64_t seed_;
  const uint64_t layer_;
  std::vector<File> files_;
  int64_t total_ = 0;  // rows of all files
  std::vector<Shape> row_shapes_;

  int64_t epoch_ = -1;
  std::vector<uint32_t> file_order_;
  int loaded_ = -1;  // the file that is in memory
  std::vector<Array> arrays_;
  std::vector<uint32_t> row_order_;  // of that file, in this epoch
};

}  // namespace doppio
