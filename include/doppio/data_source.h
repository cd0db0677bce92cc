#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "data.pb.h"

namespace doppio {

// Numbered samples that can be read in any order, from any thread.
class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual int64_t size() const = 0;
  // Fills `datum` with sample `index` of [0, size()): raw bytes, floats, or an
  // encoded image. Throws Error naming the sample if it cannot be read.
  virtual void Read(int64_t index, Datum* datum) const = 0;
  // Names a sample for error messages: its key, or its file.
  virtual std::string Name(int64_t index) const = 0;
};

// Opens data sources by the backend's name in data_param ("LMDB").
class DataSourceRegistry {
 public:
  using Factory = std::unique_ptr<DataSource> (*)(const std::string& path);

  static DataSourceRegistry& Global();
  void Add(const std::string& backend, Factory factory);
  // Throws Error if this build has no such backend.
  std::unique_ptr<DataSource> Open(const std::string& backend,
                                   const std::string& path) const;

 private:
  std::map<std::string, Factory> factories_;
};

// const RegisterDataSource kLmdb("LMDB", OpenLmdb);
struct RegisterDataSource {
  RegisterDataSource(const char* backend, DataSourceRegistry::Factory factory) {
    DataSourceRegistry::Global().Add(backend, factory);
  }
};

}  // namespace doppio
