#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "data/data_test.h"
#include "io/file.h"

namespace doppio {
namespace {

TEST(LmdbTest, RecordsReadBackInTheOrderOfTheirKeys) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {{"b", RawDatum(1, 1, 2, 7).SerializeAsString()},
                            {"a", RawDatum(1, 1, 2, 5).SerializeAsString()},
                            {"c", RawDatum(1, 1, 2, 9).SerializeAsString()}});
  const auto source = OpenLmdb(folder / "db");
  ASSERT_EQ(source->size(), 3);
  const std::vector<int> labels = {5, 7, 9};
  for (const int i : {2, 0, 1}) {
    Datum datum;
    source->Read(i, &datum);
    EXPECT_EQ(datum.label(), labels[i]);
    EXPECT_EQ(datum.data(), std::string({0, 1}));
  }
  EXPECT_EQ(source->Name(1), "record \"b\" of \"" + (folder / "db") + "\"");
}

TEST(LmdbTest, TheFileItselfOpensLikeItsFolder) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(1, 1, 1, 3)});
  EXPECT_EQ(OpenLmdb(folder / "db/data.mdb")->size(), 1);
}

// 40 MB do not fit the room reserved at first.
TEST(LmdbTest, TheMapGrowsWhileItIsWritten) {
  const TempFolder folder;
  constexpr int kRecords = 40;
  std::vector<Datum> datums;
  for (int i = 0; i < kRecords; ++i) {
    datums.push_back(RawDatum(1, 1000, 1000, i, i));
  }
  WriteLmdb(folder / "db", datums);
  const auto source = OpenLmdb(folder / "db");
  ASSERT_EQ(source->size(), kRecords);
  for (int i = 0; i < kRecords; ++i) {
    Datum datum;
    source->Read(i, &datum);
    EXPECT_EQ(datum.SerializeAsString(), datums[i].SerializeAsString());
  }
}

TEST(LmdbTest, SeveralSourcesReadOneDatabaseFromManyThreads) {
  const TempFolder folder;
  std::vector<Datum> datums;
  for (int i = 0; i < 100; ++i) datums.push_back(RawDatum(3, 8, 8, i, i));
  WriteLmdb(folder / "db", datums);
  auto first = OpenLmdb(folder / "db");
  const auto second = OpenLmdb(folder / "./db");
  first.reset();
  const auto third = OpenLmdb(folder / "db");
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const DataSource& source = t % 2 == 0 ? *second : *third;
      Datum datum;
      for (int i = 0; i < 100; ++i) {
        const int index = (i * 37 + t) % 100;
        source.Read(index, &datum);
        wrong += datum.label() != index;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(LmdbTest, ReadingWritesNothing) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(1, 1, 1, 3)});
  chmod((folder / "db/data.mdb").c_str(), 0444);
  chmod((folder / "db").c_str(), 0555);
  EXPECT_EQ(OpenLmdb(folder / "db")->size(), 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "db/lock.mdb"));
  chmod((folder / "db").c_str(), 0755);
}

TEST(LmdbTest, ADatabaseAppearsOnlyWhenItIsFinished) {
  const TempFolder folder;
  {
    LmdbWriter writer(folder / "db/");
    writer.Put("key", "value");
    EXPECT_FALSE(std::filesystem::exists(folder / "db"));
    ExpectContains(ErrorFrom([&] { LmdbWriter other(folder / "db"); }),
                   "another program is writing");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(LmdbTest, WhatACrashedWriterLeftIsReplaced) {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "db.partial");
  WriteText(folder / "db.partial/data.mdb", "half written");
  WriteLmdb(folder / "db", {RawDatum(1, 1, 1, 3)});
  EXPECT_EQ(OpenLmdb(folder / "db")->size(), 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "db.partial"));
}

TEST(LmdbTest, WhatIsThereAlreadyIsNotOverwritten) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(1, 1, 1, 3)});
  EXPECT_EQ(ErrorFrom([&] { LmdbWriter writer(folder / "db"); }),
            "\"" + (folder / "db") +
                "\" exists already; remove it, or write to another place");
}

TEST(LmdbTest, WhatCannotBeWrittenIsAnError) {
  const TempFolder folder;
  ExpectContains(ErrorFrom([&] { LmdbWriter writer(folder / "no/db"); }),
                 "No such file or directory");
  ExpectContains(ErrorFrom([&] { LmdbWriter writer(""); }), "needs a name");
  LmdbWriter writer(folder / "db");
  writer.Put("key", "a");
  writer.Put("key", "b");
  ExpectContains(ErrorFrom([&] { writer.Finish(); }), "\"key\" occurs twice");
}

TEST(LmdbTest, WhatIsNoDatabaseSaysSo) {
  const TempFolder folder;
  const auto error = [&](const std::string& name) {
    return ErrorFrom([&] { OpenLmdb(folder / name); });
  };
  EXPECT_EQ(error("none"), "cannot open the LMDB \"" + (folder / "none") +
                               "\": No such file or directory; "
                               "convert_imageset makes one from images");

  std::filesystem::create_directory(folder / "empty");
  ExpectContains(error("empty"), "the folder has no file data.mdb");
  WriteText(folder / "empty/CURRENT", "MANIFEST-000007");
  ExpectContains(error("empty"), "it looks like a LevelDB");

  WriteText(folder / "text", std::string(10000, 'x'));
  ExpectContains(error("text"), "is not an LMDB file");
  WriteText(folder / "nothing", "");
  ExpectContains(error("nothing"), "is empty");

  { LmdbWriter(folder / "no_records").Finish(); }
  ExpectContains(error("no_records"), "has no records");
}

std::vector<std::string> Keys(LmdbWriter* writer) {
  std::vector<std::string> keys;
  writer->ForEach(
      [&](const std::string& key, std::string_view) { keys.push_back(key); });
  return keys;
}

// What a writer leaves that is killed.
void Interrupted(const TempFolder& folder, const std::string& purpose) {
  std::filesystem::create_directory(folder / "other");
  {
    LmdbWriter writer(folder / "db", purpose);
    writer.Put("a", std::string(size_t{33} << 20, 'x'));  // a batch
    writer.Put("b", "not committed");
    EXPECT_EQ(Keys(&writer), std::vector<std::string>({"a"}));
    std::filesystem::copy(folder / "db.partial", folder / "other",
                          std::filesystem::copy_options::recursive);
  }
  std::filesystem::rename(folder / "other", folder / "db.partial");
}

TEST(LmdbTest, AWriterOfTheSamePurposeGoesOn) {
  const TempFolder folder;
  Interrupted(folder, "cats");
  LmdbWriter writer(folder / "db", "cats");
  EXPECT_EQ(Keys(&writer), std::vector<std::string>({"a"}));
  writer.Put("0", "before");
  writer.Put("b", "behind");
  writer.AddFile("names.txt", "x");
  writer.Finish();
  EXPECT_TRUE(std::filesystem::exists(folder / "db/names.txt"));
  EXPECT_FALSE(std::filesystem::exists(folder / "db/purpose.txt"));
  EXPECT_EQ(OpenLmdb(folder / "db")->size(), 3);
}

TEST(LmdbTest, AWriterOfAnotherPurposeBeginsAnew) {
  for (const std::string purpose : {"dogs", ""}) {
    const TempFolder folder;
    Interrupted(folder, "cats");
    {
      LmdbWriter writer(folder / "db", purpose);
      EXPECT_TRUE(Keys(&writer).empty());
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "db.partial"));
  }
}

TEST(LmdbTest, AWriterDoesNotGoOnWithADamagedDatabase) {
  const TempFolder folder;
  Interrupted(folder, "cats");
  const std::string file = folder / "db.partial/data.mdb";
  std::string bytes = ReadFile(file);
  const size_t meta_pages = 2 * getpagesize();
  ASSERT_GT(bytes.size(), meta_pages);
  std::fill(bytes.begin() + meta_pages, bytes.end(), 0);
  WriteText(file, bytes);
  ExpectContains(ErrorFrom([&] { LmdbWriter(folder / "db", "cats"); }),
                 "cannot write the LMDB");
  EXPECT_FALSE(std::filesystem::exists(folder / "db.partial"));
}

TEST(LmdbTest, ADatabaseThatIsCutShortIsNotOpened) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(3, 100, 100, 3)});
  const std::string bytes = ReadFile(folder / "db/data.mdb");
  WriteText(folder / "cut", bytes.substr(0, bytes.size() - 4096));
  EXPECT_EQ(ErrorFrom([&] { OpenLmdb(folder / "cut"); }),
            "the LMDB \"" + (folder / "cut") + "\" is cut short: it has " +
                std::to_string(bytes.size() - 4096) + " of " +
                std::to_string(bytes.size()) +
                " bytes; copy or convert it again");
  WriteText(folder / "short", bytes.substr(0, 100));
  ExpectContains(ErrorFrom([&] { OpenLmdb(folder / "short"); }),
                 "is not an LMDB file");
}

TEST(LmdbTest, ARecordThatIsNoDatumIsNamed) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {{"good", ""}, {"odd\n", "\xFF\xFF\xFF"}});
  const auto source = OpenLmdb(folder / "db");
  Datum datum;
  EXPECT_EQ(ErrorFrom([&] { source->Read(1, &datum); }),
            "record \"odd?\" of \"" + (folder / "db") + "\" is not a Datum");
}

TEST(LmdbTest, ABackendThatTheBuildLacksIsNamed) {
  const std::string error = ErrorFrom(
      [] { DataSourceRegistry::Global().Open("ROCKSDB", "train_rocksdb"); });
  ExpectContains(
      error, "this build does not read databases of backend ROCKSDB, only ");
  ExpectContains(error,
                 "LMDB; convert \"train_rocksdb\", or name its true backend");
}

}  // namespace
}  // namespace doppio
