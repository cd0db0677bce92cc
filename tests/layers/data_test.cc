#include "data/data_test.h"

#include "io/npy.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

const std::string kDataGolden =
    std::string(DOPPIO_SOURCE_DIR) + "/tests/golden/data/";

std::string DataLayer(const std::string& source, const std::string& data_param,
                      const std::string& rest = "") {
  return "type: \"Data\" top: \"data\" top: \"label\" data_param { source: \"" +
         source + "\" backend: LMDB " + data_param + " } " + rest;
}

// Runs the layer as often as Caffe was, and compares each time.
void CompareWithCaffe(const std::string& layer, const std::string& name,
                      int forwards) {
  LayerRun run(layer, {});
  for (int i = 0; i < forwards; ++i) {
    run.Forward();
    for (int top = 0; top < 2; ++top) {
      const Array expected =
          ReadNpy(kDataGolden + "expected/" + name + "/" +
                  (top == 0 ? "data_" : "label_") + std::to_string(i) + ".npy");
      EXPECT_EQ(run.tops[top].data.shape(), expected.shape);
      ExpectNear(run.Top(top), expected.values);
    }
  }
}

void CompareData(const std::string& name, const std::string& database,
                 int batch, const std::string& transform, int forwards = 2) {
  SCOPED_TRACE(name);
  CompareWithCaffe(
      DataLayer(kDataGolden + database, "batch_size: " + std::to_string(batch),
                "phase: TEST transform_param { " + transform + " }"),
      name, forwards);
}

TEST(DataTest, GivesWhatCaffeGave) {
  CompareData("data_lmdb_plain", "lmdb_raw", 4, "", 3);
  CompareData("data_lmdb_mean_values", "lmdb_raw", 6,
              "mean_value: 104 mean_value: 117 mean_value: 123");
  CompareData("data_lmdb_mean_value_single", "lmdb_raw", 4,
              "mean_value: 100 scale: 0.5");
  CompareData(
      "data_lmdb_mean_file_scale", "lmdb_raw", 4,
      "scale: 0.0078125 mean_file: \"" + kDataGolden + "mean.binaryproto\"");
  CompareData("data_lmdb_encoded_force_gray", "lmdb_png", 4,
              "force_gray: true");
}

TEST(DataTest, TheLabelsMayBeLeftOut) {
  LayerRun run(
      R"(type: "Data" top: "data" data_param { batch_size: 2 backend: LMDB
         source: ")" +
          kDataGolden + R"(lmdb_gray" })",
      {});
  ASSERT_EQ(run.tops.size(), 1);
  EXPECT_EQ(run.Forward().tops[0].data.shape(), Shape({2, 1, 10, 12}));
}

TEST(DataTest, SeekingGoesOnAsAStraightRunWould) {
  const std::string layer =
      DataLayer(kDataGolden + "lmdb_raw", "batch_size: 4 shuffle: true",
                "transform_param { crop_size: 7 mirror: true }");
  LayerRun straight(layer, {});
  EXPECT_EQ(straight.layer->position(), 0);
  for (int i = 0; i < 3; ++i) straight.Forward();
  EXPECT_EQ(straight.layer->position(), 12);
  LayerRun resumed(layer, {});
  resumed.layer->Seek(12);
  for (int i = 0; i < 3; ++i) {
    straight.Forward();
    resumed.Forward();
    EXPECT_EQ(resumed.Top(0), straight.Top(0));
    EXPECT_EQ(resumed.Top(1), straight.Top(1));
  }
}

TEST(DataTest, SeveralLayersMayReadOneDatabase) {
  const std::string layer =
      DataLayer(kDataGolden + "lmdb_raw", "batch_size: 2");
  LayerRun first(layer, {});
  LayerRun second(layer, {});
  EXPECT_EQ(first.Forward().Top(0), second.Forward().Top(0));
}

TEST(DataTest, WhatIsMissingIsAnError) {
  const auto error = [](const std::string& layer) {
    return ErrorFrom([&] { LayerRun(layer, {}).Forward(); });
  };
  EXPECT_EQ(error(R"(type: "Data" data_param { batch_size: 2 })"),
            "data_param needs a source, the path of a database");
  EXPECT_EQ(error(R"(type: "Data" data_param { source: "x" })"),
            "data_param needs a batch_size of 1 or more");
  ExpectContains(error(DataLayer("none", "batch_size: 2")),
                 "cannot open the LMDB \"none\": No such file");
}

TEST(DataTest, ADamagedRecordIsNamed) {
  const TempFolder folder;
  Datum damaged = EncodedDatum(SmoothImage(4, 4), 0);
  damaged.set_data("no image");
  WriteLmdb(folder / "db", {EncodedDatum(SmoothImage(4, 4), 0), damaged});
  LayerRun run(DataLayer(folder / "db", "batch_size: 2"), {});
  EXPECT_EQ(ErrorFrom([&] { run.Forward(); }),
            "record \"00000001\" of \"" + (folder / "db") +
                "\": its 8 bytes are not an image that can be decoded; the "
                "file is damaged or of an unknown format");
}

// Caffe trains on such images; the lower part is gray.
TEST(DataTest, AJpegThatIsCutShortIsUsedAsFarAsItGoes) {
  const TempFolder folder;
  Datum cut = EncodedDatum(SmoothImage(64, 64), 5, "jpg");
  cut.mutable_data()->resize(cut.data().size() - 100);
  WriteLmdb(folder / "db", {cut});
  LayerRun run(DataLayer(folder / "db", "batch_size: 1"), {});
  EXPECT_EQ(run.Forward().Top(1), std::vector<float>({5}));
}

TEST(DataTest, TheContextSaysHowManyThreadsLoad) {
  EXPECT_EQ(Context(Device::kCpu, 1, 1, 3).loader_threads(), 3);
  EXPECT_GE(Context(Device::kCpu, 1, 1).loader_threads(), 1);
}

}  // namespace
}  // namespace doppio
