#include "io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "doppio/error.h"

namespace doppio {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Fail(const char* deed, const std::string& path) {
  throw Error("cannot ", deed, " ", path, ": ", std::strerror(errno));
}

// An open file.
class File {
 public:
  File(const std::string& path, int flags)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~File() { Close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  // False if the system still had bytes to write and could not.
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || close(fd) == 0;
  }

 private:
  int fd_;
};

bool Write(const File& file, const std::string& bytes) {
  // Linux writes at most 2 GiB at a time.
  constexpr size_t kAtOnce = size_t{1} << 30;
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t wrote = write(file.fd(), bytes.data() + done,
                                std::min(kAtOnce, bytes.size() - done));
    if (wrote < 0 && errno != EINTR) return false;
    if (wrote > 0) done += wrote;
  }
  return true;
}

// Removes a temporary file unless it was renamed.
struct Remover {
  explicit Remover(std::string path) : path(std::move(path)) {}
  ~Remover() {
    if (!path.empty()) unlink(path.c_str());
  }
  std::string path;
};

// A rename lasts only once the folder is on the disk, too. Some file systems
// cannot flush a folder, and some folders cannot be opened: the file is
// complete then all the same.
void FlushFolder(const fs::path& file) {
  const fs::path folder = file.parent_path();
  File opened(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY);
  if (!opened.ok()) return;
  if (fsync(opened.fd()) != 0 && errno == EIO) Fail("write", file);
}

std::string TemporaryName(const std::string& path) {
  static std::atomic<int> serial{0};
  return path + ".writing." + std::to_string(getpid()) + "." +
         std::to_string(serial++);
}

}  // namespace

bool EndsWith(const std::string& path, const std::string& end) {
  return path.size() >= end.size() &&
         path.compare(path.size() - end.size(), end.size(), end) == 0;
}

std::string ReadFile(const std::string& path, size_t most_bytes) {
  File file(path, O_RDONLY);
  if (!file.ok()) Fail("open", path);
  struct stat about;
  if (fstat(file.fd(), &about) != 0) Fail("read", path);
  Require(!S_ISDIR(about.st_mode), "cannot read ", path, ": it is a folder");
  const size_t expected = about.st_size;
  Require(expected <= most_bytes, "cannot read ", path, ": it has ", expected,
          " bytes, but can have ", most_bytes, " at most");
  // One byte more than expected, to meet the end at once. Pipes and the like
  // have size 0.
  std::string bytes(std::max<size_t>(expected + 1, 4096), '\0');
  for (size_t size = 0;;) {
    const ssize_t got = read(file.fd(), &bytes[size], bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) Fail("read", path);
    size += got;
    if (got == 0) {
      bytes.resize(size);
      return bytes;
    }
    if (size == bytes.size()) bytes.resize(2 * size);
  }
}

void WriteFileAtomically(const std::string& path, const std::string& bytes) {
  std::error_code none;
  // A link stays a link to what is replaced.
  const fs::path target =
      fs::exists(path, none) ? fs::canonical(path, none) : fs::path(path);
  const fs::file_status status = fs::status(target, none);
  Require(!fs::is_directory(status), "cannot write ", path, ": it is a folder");
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    File file(target, O_WRONLY);
    if (!file.ok() || !Write(file, bytes) || !file.Close()) Fail("write", path);
    return;
  }
  const fs::path folder = target.parent_path();
  Require(folder.empty() || fs::is_directory(folder, none), "cannot write ",
          path, ": there is no folder ", folder.string());

  Remover temporary(TemporaryName(target));
  File file(temporary.path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.ok() || !Write(file, bytes) || fsync(file.fd()) != 0 ||
      !file.Close() || rename(temporary.path.c_str(), target.c_str()) != 0) {
    Fail("write", path);
  }
  temporary.path.clear();
  FlushFolder(target);
}

}  // namespace doppio
