#pragma once

#include <lmdb.h>

#include <string>
#include <utility>
#include <vector>

namespace doppio {

// Writes a new LMDB. It appears at `path` in one step and complete, by Finish;
// until then it lies beside, in the folder <path>.partial, which goes with the
// writer, or with the next writer of the same path after a crash.
class LmdbWriter {
 public:
  // Throws Error if there is something at `path` already.
  explicit LmdbWriter(const std::string& path);
  ~LmdbWriter();
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;

  // Keys that rise make the database compact. Throws Error for a key that is
  // there already.
  void Put(std::string key, std::string value);
  void Finish();

 private:
  // Room reserved at first; doubled whenever it is used up.
  static constexpr size_t kFirstMapSize = size_t{16} << 20;
  // Records are committed when they reach this size together.
  static constexpr size_t kBatchBytes = size_t{32} << 20;

  void Check(int code) const;
  void Open();
  void Commit();
  int TryCommit();
  void CloseEnvironment();
  void Unlock();
  void Discard();

  const std::string path_;
  const std::string partial_;
  int folder_ = -1;  // locked while this writer lives
  MDB_env* env_ = nullptr;
  size_t map_size_ = kFirstMapSize;
  std::vector<std::pair<std::string, std::string>> batch_;
  size_t batch_bytes_ = 0;
  std::string greatest_key_;
};

}  // namespace doppio
