// The folder of a LevelDB holds tables of sorted records, key -> serialized
// Datum, and logs of what was written last. The library opens it for writing
// only, and tidies up as it does; so that a data set stays as it is, also where
// many read it or nobody may write, what it writes goes nowhere.

#include <leveldb/db.h>
#include <leveldb/env.h>

#include <cstdarg>
#include <memory>
#include <vector>

#include "doppio/data_source.h"
#include "doppio/error.h"

namespace doppio {
namespace {

using leveldb::Status;

class Nowhere final : public leveldb::WritableFile {
 public:
  Status Append(const leveldb::Slice&) override { return Status::OK(); }
  Status Close() override { return Status::OK(); }
  Status Flush() override { return Status::OK(); }
  Status Sync() override { return Status::OK(); }
};

class NoLog final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

class NoLock final : public leveldb::FileLock {};

// The system's files, but for writing.
class ReadOnly final : public leveldb::EnvWrapper {
 public:
  ReadOnly() : EnvWrapper(leveldb::Env::Default()) {}

  // A new table would be read again; that must not begin.
  Status NewWritableFile(const std::string& name,
                         leveldb::WritableFile** file) override {
    const bool table =
        name.size() > 4 && name.substr(name.size() - 4) == ".ldb";
    if (table) return Status::IOError(name, "databases are only read here");
    *file = new Nowhere;
    return Status::OK();
  }
  Status NewAppendableFile(const std::string&,
                           leveldb::WritableFile** file) override {
    *file = new Nowhere;
    return Status::OK();
  }
  Status NewLogger(const std::string&, leveldb::Logger** log) override {
    *log = new NoLog;
    return Status::OK();
  }
  Status LockFile(const std::string&, leveldb::FileLock** lock) override {
    *lock = new NoLock;
    return Status::OK();
  }
  Status UnlockFile(leveldb::FileLock* lock) override {
    delete lock;
    return Status::OK();
  }
  Status CreateDir(const std::string&) override { return Status::OK(); }
  Status RemoveFile(const std::string&) override { return Status::OK(); }
  Status RenameFile(const std::string&, const std::string&) override {
    return Status::OK();
  }
};

leveldb::Options ReadOptions() {
  static ReadOnly files;
  leveldb::Options options;
  options.env = &files;
  // What a log holds stays in memory.
  options.reuse_logs = true;
  options.write_buffer_size = size_t{1} << 30;
  // Caffe's writers leave more tables than usual.
  options.max_open_files = 100;
  return options;
}

class LeveldbSource : public DataSource {
 public:
  explicit LeveldbSource(const std::string& path) : path_(path) {
    leveldb::DB* database = nullptr;
    const Status status = leveldb::DB::Open(ReadOptions(), path, &database);
    Require(status.ok(), "cannot open the LevelDB \"", path,
            "\": ", status.ToString());
    database_.reset(database);
    const std::unique_ptr<leveldb::Iterator> record(
        database->NewIterator(Once()));
    for (record->SeekToFirst(); record->Valid(); record->Next()) {
      keys_.push_back(record->key().ToString());
    }
    Require(record->status().ok(), "cannot read the LevelDB \"", path,
            "\": ", record->status().ToString());
    Require(!keys_.empty(), "the LevelDB \"", path, "\" has no records");
  }

  int64_t size() const override { return keys_.size(); }

  void Read(int64_t index, Datum* datum) const override {
    std::string value;
    const Status status = database_->Get({}, keys_[index], &value);
    Require(status.ok(), Name(index), ": ", status.ToString());
    Require(datum->ParseFromString(value), Name(index), " is not a Datum");
  }

  std::string Name(int64_t index) const override {
    std::string key = keys_[index];
    for (char& c : key) {
      if (c < ' ' || c > '~') c = '?';
    }
    return "record \"" + key + "\" of \"" + path_ + "\"";
  }

 private:
  static leveldb::ReadOptions Once() {
    leveldb::ReadOptions options;
    options.fill_cache = false;
    return options;
  }

  const std::string path_;
  std::unique_ptr<leveldb::DB> database_;
  std::vector<std::string> keys_;
};

const RegisterDataSource kLeveldb(
    "LEVELDB", [](const std::string& path) -> std::unique_ptr<DataSource> {
      return std::make_unique<LeveldbSource>(path);
    });

}  // namespace
}  // namespace doppio
