#include "data/data_test.h"
#include "io/hdf5.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

TEST(Hdf5OutputTest, WritesBatchAfterBatchAsFourAxes) {
  const TempFolder folder;
  const std::string path = folder / "out.h5";
  LayerRun run(
      R"(type: "HDF5Output" hdf5_output_param { file_name: ")" + path + "\" }",
      {{Shape({2, 3}), {1, 2, 3, 4, 5, 6}}, {Shape({2}), {7, 8}}});
  run.Forward();
  run.Forward();
  const auto file = OpenHdf5(path);
  const Array data = file->Read("data");
  EXPECT_EQ(data.shape, Shape({4, 3, 1, 1}));
  EXPECT_EQ(data.values,
            std::vector<float>({1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(file->Read("label").values, std::vector<float>({7, 8, 7, 8}));
}

TEST(Hdf5OutputTest, TellsWhatIsWrong) {
  EXPECT_EQ(ErrorFrom([] {
              LayerRun run(R"(type: "HDF5Output")",
                           {{Shape({1}), {1}}, {Shape({1}), {1}}});
            }),
            "hdf5_output_param needs a file_name");
  EXPECT_EQ(ErrorFrom([] {
              LayerRun run(
                  R"(type: "HDF5Output" hdf5_output_param { file_name: "x" })",
                  {{Shape({2}), {1, 2}}, {Shape({1}), {1}}});
            }),
            "writes 2 rows of data, but 1 labels");
}

}  // namespace
}  // namespace doppio
