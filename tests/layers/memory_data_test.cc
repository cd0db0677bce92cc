#include "doppio/memory_data.h"

#include "data/data_test.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

constexpr char kLayer[] =
    R"(name: "m" type: "MemoryData" memory_data_param {
       batch_size: 2 channels: 1 height: 1 width: 2 })";

MemoryData* Of(const LayerRun& run) {
  return dynamic_cast<MemoryData*>(run.layer.get());
}

TEST(MemoryDataTest, HandsOutBatchesAndBeginsAnew) {
  LayerRun run(kLayer, {});
  Of(run)->Reset({1, 2, 3, 4, 5, 6, 7, 8}, {0, 1, 2, 3});
  EXPECT_EQ(run.Forward().Top(0), std::vector<float>({1, 2, 3, 4}));
  EXPECT_EQ(run.Forward().Top(1), std::vector<float>({2, 3}));
  EXPECT_EQ(run.layer->position(), 4);
  EXPECT_EQ(run.Forward().Top(0), std::vector<float>({1, 2, 3, 4}));
}

TEST(MemoryDataTest, PreparesRecordsAsTransformParamSays) {
  LayerRun run(
      std::string(kLayer) + " transform_param { scale: 0.5 mean_value: 2 }",
      {});
  Of(run)->Reset({RawDatum(1, 1, 2, 7, 10), RawDatum(1, 1, 2, 8, 20)});
  EXPECT_EQ(run.Forward().Top(0), std::vector<float>({4, 4.5, 9, 9.5}));
  EXPECT_EQ(run.Top(1), std::vector<float>({7, 8}));
}

TEST(MemoryDataTest, TellsWhatIsWrong) {
  LayerRun run(kLayer, {});
  EXPECT_EQ(ErrorFrom([&] { run.Forward(); }),
            "was given no data; a program must call Reset before the first "
            "pass");
  EXPECT_EQ(ErrorFrom([&] {
              Of(run)->Reset({1, 2}, {0});
            }),
            "layer \"m\": 1 images do not fill batches of 2");
  EXPECT_EQ(ErrorFrom([&] {
              Of(run)->Reset({1, 2, 3}, {0, 1});
            }),
            "layer \"m\": 3 numbers are not 2 images of 1 x 1 x 2");
  ExpectContains(ErrorFrom([&] {
                   Of(run)->Reset({RawDatum(1, 1, 3, 7), RawDatum(1, 1, 3, 7)});
                 }),
                 "layer \"m\": image 0 is 1x1x3");
  ExpectContains(ErrorFrom([] { LayerRun r(R"(type: "MemoryData")", {}); }),
                 "memory_data_param needs batch_size, channels, height and "
                 "width of 1 or more");
}

}  // namespace
}  // namespace doppio
