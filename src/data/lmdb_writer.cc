#include "data/lmdb_writer.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "doppio/error.h"
#include "io/file.h"

namespace doppio {
namespace {

// While a database is being written: what it is to become.
constexpr char kPurposeFile[] = "purpose.txt";

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Makes a rename within the folder survive a power cut.
void SyncFolder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

LmdbWriter::LmdbWriter(const std::string& path, const std::string& purpose)
    : path_(WithoutSlash(path)), partial_(path_ + ".partial") {
  Require(!path.empty(), "the database to write needs a name");
  struct stat status;
  Require(stat(path_.c_str(), &status) != 0, "\"", path_,
          "\" exists already; remove it, or write to another place");
  Require(mkdir(partial_.c_str(), 0777) == 0 || errno == EEXIST,
          "cannot write the LMDB \"", path_, "\": ", std::strerror(errno));
  folder_ = open(partial_.c_str(), O_RDONLY | O_DIRECTORY);
  Require(folder_ >= 0, "cannot write into \"", partial_,
          "\": ", std::strerror(errno));
  if (flock(folder_, LOCK_EX | LOCK_NB) != 0) {
    close(folder_);
    throw Error("another program is writing \"", path_, "\" just now");
  }
  try {
    Open(purpose);
  } catch (...) {
    Discard();
    throw;
  }
}

LmdbWriter::~LmdbWriter() {
  if (folder_ >= 0) Discard();
}

void LmdbWriter::Check(int code) const {
  // LMDB calls it an input/output error if only a part could be written.
  struct statvfs disk;
  if (code == EIO && statvfs(partial_.c_str(), &disk) == 0 &&
      disk.f_bavail * disk.f_frsize < 2 * kBatchBytes) {
    code = ENOSPC;
  }
  Require(code == MDB_SUCCESS, "cannot write the LMDB \"", path_,
          "\": ", mdb_strerror(code));
}

bool LmdbWriter::GoesOn(const std::string& purpose) const {
  struct stat status;
  const std::string file = partial_ + "/" + kPurposeFile;
  return !purpose.empty() && stat(file.c_str(), &status) == 0 &&
         ReadFile(file) == purpose;
}

void LmdbWriter::Open(const std::string& purpose) {
  const std::string file = partial_ + "/data.mdb";
  if (!GoesOn(purpose)) {
    Require(unlink(file.c_str()) == 0 || errno == ENOENT, "cannot write \"",
            file, "\": ", std::strerror(errno));
  }
  Check(mdb_env_create(&env_));
  struct stat status;
  if (stat(file.c_str(), &status) == 0) {
    while (map_size_ < static_cast<size_t>(status.st_size)) map_size_ *= 2;
  }
  Check(mdb_env_set_mapsize(env_, map_size_));
  // Nobody else looks before the rename. What a power cut leaves is whole, so
  // that the next writer can go on, but may lack the last commit.
  Check(
      mdb_env_open(env_, partial_.c_str(), MDB_NOLOCK | MDB_NOMETASYNC, 0666));
  ForEach([this](const std::string& key, std::string_view) {
    greatest_key_ = key;
  });
  if (!purpose.empty()) AddFile(kPurposeFile, purpose);
}

void LmdbWriter::ForEach(const Visitor& visit) {
  AwaitCommit();
  MDB_txn* transaction = nullptr;
  Check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &transaction));
  MDB_dbi database;
  MDB_cursor* cursor = nullptr;
  Check(mdb_dbi_open(transaction, nullptr, 0, &database));
  Check(mdb_cursor_open(transaction, database, &cursor));
  MDB_val key, value;
  int code;
  while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) ==
         MDB_SUCCESS) {
    visit({static_cast<const char*>(key.mv_data), key.mv_size},
          {static_cast<const char*>(value.mv_data), value.mv_size});
  }
  mdb_cursor_close(cursor);
  mdb_txn_abort(transaction);
  if (code != MDB_NOTFOUND) Check(code);
}

void LmdbWriter::AddFile(const std::string& name, const std::string& content) {
  WriteFileAtomically(partial_ + "/" + name, content);
  files_.push_back(name);
}

void LmdbWriter::Put(std::string key, std::string value) {
  batch_bytes_ += key.size() + value.size();
  batch_.emplace_back(std::move(key), std::move(value));
  if (batch_bytes_ >= kBatchBytes) StartCommit();
}

void LmdbWriter::StartCommit() {
  AwaitCommit();
  written_ = std::async(std::launch::async,
                        [this, batch = std::move(batch_)] { Commit(batch); });
  batch_.clear();
  batch_bytes_ = 0;
}

void LmdbWriter::AwaitCommit() {
  if (written_.valid()) written_.get();
}

void LmdbWriter::Commit(const Batch& batch) {
  int code;
  while ((code = TryCommit(batch)) == MDB_MAP_FULL) {
    map_size_ *= 2;
    Check(mdb_env_set_mapsize(env_, map_size_));
  }
  Check(code);
}

// A transaction that runs out of room is lost as a whole, so the batch is kept
// until it is through.
int LmdbWriter::TryCommit(const Batch& batch) {
  MDB_txn* transaction = nullptr;
  Check(mdb_txn_begin(env_, nullptr, 0, &transaction));
  MDB_dbi database;
  int code = mdb_dbi_open(transaction, nullptr, 0, &database);
  std::string greatest = greatest_key_;
  for (const auto& [key, value] : batch) {
    if (code != MDB_SUCCESS) break;
    MDB_val k = {key.size(), const_cast<char*>(key.data())};
    MDB_val v = {value.size(), const_cast<char*>(value.data())};
    const bool rises = key > greatest;
    code = mdb_put(transaction, database, &k, &v,
                   rises ? MDB_APPEND : MDB_NOOVERWRITE);
    if (rises) greatest = key;
    if (code == MDB_KEYEXIST) {
      mdb_txn_abort(transaction);
      throw Error("the key \"", key, "\" occurs twice in \"", path_, "\"");
    }
  }
  if (code != MDB_SUCCESS) {
    mdb_txn_abort(transaction);
    return code;
  }
  code = mdb_txn_commit(transaction);
  if (code == MDB_SUCCESS) greatest_key_ = greatest;
  return code;
}

void LmdbWriter::Finish() {
  CHECK(env_ != nullptr) << "the writer is finished already";
  StartCommit();
  AwaitCommit();
  Check(mdb_env_sync(env_, 1));
  CloseEnvironment();
  unlink((partial_ + "/" + kPurposeFile).c_str());
  Require(rename(partial_.c_str(), path_.c_str()) == 0,
          "cannot put the finished LMDB at \"", path_,
          "\": ", std::strerror(errno));
  SyncFolder(FolderOf(path_));
  Unlock();
}

void LmdbWriter::CloseEnvironment() {
  if (env_ != nullptr) mdb_env_close(env_);
  env_ = nullptr;
}

void LmdbWriter::Unlock() {
  close(folder_);
  folder_ = -1;
}

void LmdbWriter::Discard() {
  if (written_.valid()) written_.wait();
  CloseEnvironment();
  unlink((partial_ + "/data.mdb").c_str());
  unlink((partial_ + "/" + kPurposeFile).c_str());
  for (const std::string& name : files_) {
    unlink((partial_ + "/" + name).c_str());
  }
  rmdir(partial_.c_str());
  Unlock();
}

}  // namespace doppio
