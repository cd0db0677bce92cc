#include "data/data_test.h"

namespace doppio {
namespace {

const std::string kGolden =
    std::string(DOPPIO_SOURCE_DIR) + "/tests/golden/data/";

std::unique_ptr<DataSource> OpenLeveldb(const std::string& path) {
  return DataSourceRegistry::Global().Open("LEVELDB", path);
}

// Both were written by Caffe from the same images.
TEST(LeveldbTest, HasTheRecordsOfTheLmdb) {
  const auto leveldb = OpenLeveldb(kGolden + "leveldb_raw");
  const auto lmdb = OpenLmdb(kGolden + "lmdb_raw");
  ASSERT_EQ(leveldb->size(), lmdb->size());
  for (int64_t i = 0; i < lmdb->size(); ++i) {
    Datum a, b;
    leveldb->Read(i, &a);
    lmdb->Read(i, &b);
    EXPECT_EQ(a.SerializeAsString(), b.SerializeAsString()) << i;
  }
}

TEST(LeveldbTest, LeavesTheFolderAsItIs) {
  const TempFolder folder;
  std::filesystem::copy(kGolden + "leveldb_raw", folder / "db");
  const auto names = [&] {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder / "db")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  const std::vector<std::string> before = names();
  {
    // Two readers at a time, too.
    const auto first = OpenLeveldb(folder / "db");
    const auto second = OpenLeveldb(folder / "db");
    EXPECT_EQ(first->size(), second->size());
  }
  EXPECT_EQ(names(), before);
}

TEST(LeveldbTest, TellsWhatIsNone) {
  ExpectContains(ErrorFrom([] { OpenLeveldb("/nowhere"); }),
                 "cannot open the LevelDB \"/nowhere\": ");
}

}  // namespace
}  // namespace doppio
