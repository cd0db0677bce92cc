#pragma once

#include <lmdb.h>

#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace doppio {

// Writes a new LMDB. It appears at `path` in one step and complete, by Finish;
// until then it lies beside, in the folder <path>.partial, which goes with the
// writer, or with the next writer of the same path after a crash; unless both
// have the same `purpose`, whereupon the next one goes on.
class LmdbWriter {
 public:
  // `purpose` tells all that the records depend on; empty never goes on. Throws
  // Error if there is something at `path` already.
  explicit LmdbWriter(const std::string& path, const std::string& purpose = "");
  ~LmdbWriter();
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  // Keys that rise make the database compact. Records are written in batches,
  // by another thread, so that an Error, as for a key that is there already,
  // may come with a later record, or with Finish.
  void Put(std::string key, std::string value);
  // Another file in the database's folder.
  void AddFile(const std::string& name, const std::string& content);
  void Finish();

  // Calls `visit` for each record that is there from before, and for those of
  // complete batches.
  using Visitor =
      std::function<void(const std::string& key, std::string_view value)>;
  void ForEach(const Visitor& visit);

 private:
  // Room reserved at first; doubled whenever it is used up.
  static constexpr size_t kFirstMapSize = size_t{16} << 20;
  // Records are committed when they reach this size together: enough for a disk
  // to be busy, little enough for the memory to be still at hand the next time.
  static constexpr size_t kBatchBytes = size_t{8} << 20;

  using Batch = std::vector<std::pair<std::string, std::string>>;

  void Check(int code) const;
  bool GoesOn(const std::string& purpose) const;
  void Open(const std::string& purpose);
  void StartCommit();
  void AwaitCommit();
  void Commit(const Batch& batch);
  int TryCommit(const Batch& batch);
  void CloseEnvironment();
  void Unlock();
  void Discard();

  const std::string path_;
  const std::string partial_;
  int folder_ = -1;  // locked while this writer lives
  MDB_env* env_ = nullptr;
  size_t map_size_ = kFirstMapSize;
  Batch batch_;
  size_t batch_bytes_ = 0;
  std::string greatest_key_;        // of those written
  std::future<void> written_;       // the batch before
  std::vector<std::string> files_;  // besides data.mdb
};

}  // namespace doppio
