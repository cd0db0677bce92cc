#include <algorithm>

#include "data/data_test.h"
#include "doppio/net.h"
#include "io/file.h"
#include "io/hdf5.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

// Two files, of 3 and 2 rows that are 10 * file + row, and their labels.
class Hdf5DataTest : public testing::Test {
 protected:
  Hdf5DataTest() {
    Write("a.h5", {0, 1, 2});
    Write("b.h5", {10, 11});
    WriteText(folder_ / "list.txt",
              (folder_ / "a.h5") + "\n" + (folder_ / "b.h5") + "\n");
  }

  void Write(const std::string& name, const std::vector<float>& rows) {
    const auto file = NewHdf5();
    const int count = static_cast<int>(rows.size());
    std::vector<float> pairs;
    for (const float row : rows) pairs.insert(pairs.end(), {row, -row});
    file->Write("data", Shape({count, 2}), pairs.data());
    file->Write("label", Shape({count}), rows.data());
    WriteFileAtomically(folder_ / name, file->Finish());
  }

  std::string Layer(const std::string& more) const {
    return R"(name: "d" type: "HDF5Data" top: "data" top: "label"
      hdf5_data_param { source: ")" +
           (folder_ / "list.txt") + "\" " + more + " }";
  }

  const TempFolder folder_;
};

TEST_F(Hdf5DataTest, GoesThroughAllFilesAndBeginsAnew) {
  LayerRun run(Layer("batch_size: 4"), {});
  EXPECT_EQ(run.tops[0].data.shape(), Shape({4, 2}));
  EXPECT_EQ(run.Forward().Top(1), std::vector<float>({0, 1, 2, 10}));
  EXPECT_EQ(run.Top(0), std::vector<float>({0, -0.f, 1, -1, 2, -2, 10, -10}));
  EXPECT_EQ(run.Forward().Top(1), std::vector<float>({11, 0, 1, 2}));
}

TEST_F(Hdf5DataTest, ShufflingGivesEachRowOnceAnEpochFileByFile) {
  LayerRun run(Layer("batch_size: 5 shuffle: true"), {});
  std::vector<std::vector<float>> epochs;
  for (int epoch = 0; epoch < 6; ++epoch) {
    std::vector<float> rows = run.Forward().Top(1);
    epochs.push_back(rows);
    int changes = 0;
    for (int i = 1; i < 5; ++i)
      changes += (rows[i] >= 10) != (rows[i - 1] >= 10);
    EXPECT_EQ(changes, 1);
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(rows, std::vector<float>({0, 1, 2, 10, 11}));
  }
  std::sort(epochs.begin(), epochs.end());
  EXPECT_NE(epochs.front(), epochs.back());
}

TEST_F(Hdf5DataTest, RanksTakeTurns) {
  Net net(ParseNet("layer { " + Layer("batch_size: 2") + " }", "net.prototxt"),
          Context().OfRank(1, 2));
  const auto next = [&net] {
    net.Forward();
    return net.blob("label")->data.ToVector();
  };
  EXPECT_EQ(next(), std::vector<float>({2, 10}));
  EXPECT_EQ(next(), std::vector<float>({1, 2}));
  EXPECT_EQ(net.layer("d")->position(), 8);
}

TEST_F(Hdf5DataTest, GoesOnFromAPosition) {
  const std::string layer = Layer("batch_size: 3 shuffle: true");
  LayerRun straight(layer, {}), resumed(layer, {});
  for (int i = 0; i < 4; ++i) straight.Forward();
  EXPECT_EQ(straight.layer->position(), 12);
  resumed.layer->Seek(9);
  EXPECT_EQ(resumed.Forward().Top(0), straight.Top(0));
}

TEST_F(Hdf5DataTest, TellsWhatIsWrong) {
  const auto error = [](const std::string& layer) {
    return ErrorFrom([&] { LayerRun run(layer, {}); });
  };
  EXPECT_EQ(error(R"(type: "HDF5Data" top: "d" hdf5_data_param {})"),
            "hdf5_data_param needs a source, a file that lists HDF5 files");
  EXPECT_EQ(error(Layer("")),
            "hdf5_data_param needs a batch_size of 1 or more");
  EXPECT_EQ(error(Layer("batch_size: 1") + " transform_param {}"),
            "HDF5 data are taken as they are; remove transform_param");
  const auto file = NewHdf5();
  const std::vector<float> row = {1, 2, 3};
  file->Write("data", Shape({1, 3}), row.data());
  file->Write("label", Shape({1}), row.data());
  WriteFileAtomically(folder_ / "b.h5", file->Finish());
  EXPECT_EQ(error(Layer("batch_size: 1")),
            "the rows of \"data\" are 3 in " + (folder_ / "b.h5") +
                ", but 2 in " + (folder_ / "a.h5"));
}

}  // namespace
}  // namespace doppio
