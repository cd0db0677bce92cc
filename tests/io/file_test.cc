#include "io/file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "io/io_test.h"

namespace doppio {
namespace {

using FileTest = IoTest;
using Names = std::vector<std::string>;

// Lets no file grow beyond a size, as a full disk would.
class SizeLimit {
 public:
  explicit SizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~SizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_;
};

TEST_F(FileTest, ReadsWhatWasWritten) {
  std::string bytes("a\0b\n", 4);
  for (const size_t size : {0, 4, 4095, 4096, 4097, 1000000}) {
    bytes.resize(size, 'x');
    WriteFileAtomically(Path("file"), bytes);
    EXPECT_EQ(ReadFile(Path("file")), bytes) << size;
  }
  EXPECT_EQ(Files(), Names({"file"}));
}

TEST_F(FileTest, ReadsWhatHasNoSizeBeforehand) {
  EXPECT_NE(ReadFile("/proc/self/status").find("Name:"), std::string::npos);
}

TEST_F(FileTest, SaysWhyAFileCannotBeOpened) {
  EXPECT_EQ(ErrorOf([&] { ReadFile(Path("none")); }),
            "cannot open " + Path("none") + ": No such file or directory");
  EXPECT_EQ(ErrorOf([&] { ReadFile(Path("")); }),
            "cannot read " + Path("") + ": it is a folder");
}

TEST_F(FileTest, SaysWhyAFileCannotBeRead) {
  // A process's memory begins with a page that is never there.
  EXPECT_EQ(ErrorOf([] { ReadFile("/proc/self/mem"); }),
            "cannot read /proc/self/mem: Input/output error");
}

TEST_F(FileTest, RefusesAFileLargerThanAskedFor) {
  const std::string path = Store("file", "12345");
  EXPECT_EQ(ReadFile(path, 5), "12345");
  EXPECT_EQ(ErrorOf([&] { ReadFile(path, 4); }),
            "cannot read " + path + ": it has 5 bytes, but can have 4 at most");
}

TEST_F(FileTest, LeavesTheOldFileWhereTheNewOneDoesNotFit) {
  const std::string path = Store("file", "old");
  std::string error;
  {
    const SizeLimit limit(1000);
    error = ErrorOf([&] { WriteFileAtomically(path, std::string(5000, 'n')); });
  }
  EXPECT_EQ(error, "cannot write " + path + ": File too large");
  EXPECT_EQ(Bytes(path), "old");
  EXPECT_EQ(Files(), Names({"file"}));
}

TEST_F(FileTest, SaysThatTheDiskIsFull) {
  EXPECT_EQ(ErrorOf([] { WriteFileAtomically("/dev/full", "bytes"); }),
            "cannot write /dev/full: No space left on device");
}

TEST_F(FileTest, WritesToDevicesDirectly) {
  WriteFileAtomically("/dev/null", "bytes");
  struct stat about;
  ASSERT_EQ(stat("/dev/null", &about), 0);
  EXPECT_TRUE(S_ISCHR(about.st_mode));
}

TEST_F(FileTest, SaysWhichFolderIsMissing) {
  EXPECT_EQ(ErrorOf([&] { WriteFileAtomically(Path("sub/file"), "bytes"); }),
            "cannot write " + Path("sub/file") + ": there is no folder " +
                Path("sub"));
}

TEST_F(FileTest, RefusesToReplaceAFolder) {
  std::filesystem::create_directory(Path("sub"));
  EXPECT_EQ(ErrorOf([&] { WriteFileAtomically(Path("sub"), "bytes"); }),
            "cannot write " + Path("sub") + ": it is a folder");
}

TEST_F(FileTest, SaysWhyAFolderTakesNoFile) {
  // Not even root can make files there.
  EXPECT_EQ(ErrorOf([] { WriteFileAtomically("/proc/self/file", "bytes"); }),
            "cannot write /proc/self/file: No such file or directory");
}

TEST_F(FileTest, ReplacesWhatALinkLeadsTo) {
  const std::string target = Store("target", "old");
  std::filesystem::create_symlink(target, Path("link"));
  WriteFileAtomically(Path("link"), "new");
  EXPECT_EQ(Bytes(target), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(Path("link")));
}

TEST_F(FileTest, WritesIntoTheCurrentFolder) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(Path(""));
  WriteFileAtomically("file", "bytes");
  std::filesystem::current_path(before);
  EXPECT_EQ(Bytes(Path("file")), "bytes");
}

TEST_F(FileTest, GivesTheFileTheUsualPermissions) {
  const mode_t mask = umask(022);
  WriteFileAtomically(Path("file"), "bytes");
  umask(mask);
  struct stat about;
  ASSERT_EQ(stat(Path("file").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, mode_t{0644});
}

}  // namespace
}  // namespace doppio
