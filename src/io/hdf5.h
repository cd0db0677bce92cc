#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/npy.h"

namespace doppio {

// Files of the HDF5 library. A build without it has everything here, but each
// function that opens or makes a file throws Error, saying so. Data sets are
// named by their paths, "data/conv1/0".

class Hdf5Reader {
 public:
  virtual ~Hdf5Reader() = default;
  virtual bool Has(const std::string& name) const = 0;
  // What a group contains: data sets, or groups.
  virtual std::vector<std::string> DataSets(const std::string& group) const = 0;
  virtual std::vector<std::string> Groups(const std::string& group) const = 0;
  virtual Shape ShapeOf(const std::string& name) const = 0;
  // Numbers of any kind, as floats.
  virtual Array Read(const std::string& name) const = 0;
  virtual int64_t ReadInteger(const std::string& name) const = 0;
  virtual std::string ReadText(const std::string& name) const = 0;
};

// A file in memory. Groups on the way to a data set are made.
class Hdf5Writer {
 public:
  virtual ~Hdf5Writer() = default;
  virtual void MakeGroup(const std::string& name) = 0;
  virtual void Write(const std::string& name, const Shape& shape,
                     const float* values) = 0;
  virtual void WriteInteger(const std::string& name, int value) = 0;
  virtual void WriteText(const std::string& name, const std::string& text) = 0;
  // The file's bytes; the writer is done then.
  virtual std::string Finish() = 0;
};

// A new file whose data sets grow along their first axis.
class Hdf5Appender {
 public:
  virtual ~Hdf5Appender() = default;
  virtual void Append(const std::string& name, const Shape& shape,
                      const float* values) = 0;
};

std::unique_ptr<Hdf5Reader> OpenHdf5(const std::string& path);
std::unique_ptr<Hdf5Writer> NewHdf5();
std::unique_ptr<Hdf5Appender> AppendToHdf5(const std::string& path);

// Whether a file begins as those do.
bool IsHdf5(const std::string& path);

}  // namespace doppio
