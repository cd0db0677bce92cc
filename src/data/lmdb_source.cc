// The folder of an LMDB holds one file, data.mdb: a B+ tree of records, key ->
// serialized Datum, in the order of the keys. It is mapped into memory and read
// without locks: data sets do not change while a net reads them, and so any
// number of readers works, on read-only media too.

#include <lmdb.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "doppio/data_source.h"
#include "doppio/error.h"

namespace doppio {
namespace {

bool IsFolder(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

// data.mdb of the folder `path`, or `path` itself if it is a file.
std::string DataFile(const std::string& path, struct stat* status) {
  const bool folder = IsFolder(path);
  const std::string file = folder ? path + "/data.mdb" : path;
  if (stat(file.c_str(), status) == 0) return file;
  Require(!folder || errno != ENOENT, "\"", path,
          "\" is not an LMDB: the folder has no file data.mdb",
          Exists(path + "/CURRENT") ? "; it looks like a LevelDB" : "");
  throw Error(
      "cannot open the LMDB \"", path, "\": ", std::strerror(errno),
      errno == ENOENT ? "; convert_imageset makes one from images" : "");
}

// Where a record lies in the map.
struct Record {
  const char* key;
  const char* value;
  uint32_t key_size;
  uint32_t value_size;
};

// A mapped database and the index of its records. Its read transaction stays
// open, which keeps the records where they are.
class Environment {
 public:
  Environment(const std::string& path, const std::string& file, size_t bytes);

  const std::vector<Record>& records() const { return records_; }

 private:
  void Check(int code) const {
    Require(code == MDB_SUCCESS, "cannot read the LMDB \"", path_,
            "\": ", mdb_strerror(code));
  }
  void CheckLength(size_t bytes) const;
  void IndexRecords();

  const std::string path_;
  std::unique_ptr<MDB_env, decltype(&mdb_env_close)> env_;
  std::unique_ptr<MDB_txn, decltype(&mdb_txn_abort)> transaction_;
  std::vector<Record> records_;
};

Environment::Environment(const std::string& path, const std::string& file,
                         size_t bytes)
    : path_(path),
      env_(nullptr, mdb_env_close),
      transaction_(nullptr, mdb_txn_abort) {
  Require(bytes > 0, "\"", file, "\" is empty: it is not an LMDB");
  MDB_env* env = nullptr;
  Check(mdb_env_create(&env));
  env_.reset(env);
  // Maps what is there rather than the room its writer reserved, often 1 TB.
  Check(mdb_env_set_mapsize(env, bytes));
  const int code = mdb_env_open(
      env, file.c_str(), MDB_RDONLY | MDB_NOLOCK | MDB_NOTLS | MDB_NOSUBDIR, 0);
  Require(code != MDB_INVALID && code != MDB_VERSION_MISMATCH, "\"", file,
          "\" is not an LMDB file, or damaged at its beginning");
  Check(code);
  CheckLength(bytes);
  MDB_txn* transaction = nullptr;
  Check(mdb_txn_begin(env, nullptr, MDB_RDONLY, &transaction));
  transaction_.reset(transaction);
  IndexRecords();
  Require(!records_.empty(), "the LMDB \"", path, "\" has no records");
}

// Reading the map behind the file's end would be a bus error.
void Environment::CheckLength(size_t bytes) const {
  MDB_envinfo info;
  MDB_stat stat;
  Check(mdb_env_info(env_.get(), &info));
  Check(mdb_env_stat(env_.get(), &stat));
  const size_t wanted = (info.me_last_pgno + 1) * stat.ms_psize;
  Require(bytes >= wanted, "the LMDB \"", path_, "\" is cut short: it has ",
          bytes, " of ", wanted, " bytes; copy or convert it again");
}

void Environment::IndexRecords() {
  MDB_dbi database;
  MDB_stat stat;
  MDB_cursor* cursor = nullptr;
  Check(mdb_dbi_open(transaction_.get(), nullptr, 0, &database));
  Check(mdb_stat(transaction_.get(), database, &stat));
  records_.reserve(stat.ms_entries);
  Check(mdb_cursor_open(transaction_.get(), database, &cursor));
  const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> closer(
      cursor, mdb_cursor_close);
  MDB_val key, value;
  int code;
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) ==
         MDB_SUCCESS) {
    records_.push_back({static_cast<const char*>(key.mv_data),
                        static_cast<const char*>(value.mv_data),
                        static_cast<uint32_t>(key.mv_size),
                        static_cast<uint32_t>(value.mv_size)});
  }
  if (code != MDB_NOTFOUND) Check(code);
}

// A process may open an LMDB only once, so those who read the same file share
// its environment.
std::shared_ptr<const Environment> OpenShared(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::pair<dev_t, ino_t>, std::weak_ptr<const Environment>>
      opened;
  struct stat status;
  const std::string file = DataFile(path, &status);
  const std::lock_guard<std::mutex> lock(mutex);
  auto& entry = opened[{status.st_dev, status.st_ino}];
  std::shared_ptr<const Environment> environment = entry.lock();
  if (!environment) {
    environment = std::make_shared<Environment>(path, file, status.st_size);
    entry = environment;
  }
  return environment;
}

class LmdbSource : public DataSource {
 public:
  explicit LmdbSource(const std::string& path)
      : path_(path), environment_(OpenShared(path)) {}

  int64_t size() const override { return environment_->records().size(); }

  void Read(int64_t index, Datum* datum) const override {
    const Record& record = environment_->records()[index];
    Require(record.value_size <= std::numeric_limits<int>::max() &&
                datum->ParseFromArray(record.value, record.value_size),
            Name(index), " is not a Datum");
  }

  std::string Name(int64_t index) const override {
    const Record& record = environment_->records()[index];
    std::string key(record.key, record.key_size);
    for (char& c : key) {
      if (c < ' ' || c > '~') c = '?';
    }
    return "record \"" + key + "\" of \"" + path_ + "\"";
  }

 private:
  const std::string path_;
  const std::shared_ptr<const Environment> environment_;
};

const RegisterDataSource kLmdb(
    "LMDB", [](const std::string& path) -> std::unique_ptr<DataSource> {
      return std::make_unique<LmdbSource>(path);
    });

}  // namespace
}  // namespace doppio
