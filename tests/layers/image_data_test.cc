#include "data/data_test.h"
#include "io/npy.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

const std::string kGolden =
    std::string(DOPPIO_SOURCE_DIR) + "/tests/golden/data/";

std::string ImageLayer(const std::string& image_data_param,
                       const std::string& rest = "") {
  return "type: \"ImageData\" top: \"data\" top: \"label\" image_data_param { "
         "source: \"" +
         kGolden + "img/list.txt\" root_folder: \"" + kGolden + "img/\" " +
         image_data_param + " } " + rest;
}

void Compare(const std::string& name, const std::string& layer, int forwards) {
  SCOPED_TRACE(name);
  LayerRun run(layer, {});
  for (int i = 0; i < forwards; ++i) {
    run.Forward();
    for (int top = 0; top < 2; ++top) {
      const Array expected =
          ReadNpy(kGolden + "expected/" + name + "/" +
                  (top == 0 ? "data_" : "label_") + std::to_string(i) + ".npy");
      EXPECT_EQ(run.tops[top].data.shape(), expected.shape);
      ExpectNear(run.Top(top), expected.values);
    }
  }
}

TEST(ImageDataTest, GivesWhatCaffeGave) {
  Compare(
      "data_image_resize",
      ImageLayer("batch_size: 4 new_height: 10 new_width: 12", "phase: TEST"),
      2);
  Compare("data_image_resize_crop_scale",
          ImageLayer("batch_size: 4 new_height: 12 new_width: 12",
                     "phase: TEST transform_param { crop_size: 9 scale: 0.01 "
                     "mean_value: 128 }"),
          2);
}

TEST(ImageDataTest, TheTopTakesTheSizeOfEachImage) {
  Compare("data_image_batch1_varying_size",
          ImageLayer("batch_size: 1", "phase: TEST"), 3);
}

TEST(ImageDataTest, GrayImagesHaveOneChannel) {
  LayerRun run(ImageLayer("new_height: 5 new_width: 6 is_color: false"), {});
  EXPECT_EQ(run.Forward().tops[0].data.shape(), Shape({1, 1, 5, 6}));
}

TEST(ImageDataTest, ShufflingGivesEachImageOnceAnEpoch) {
  LayerRun run(ImageLayer("batch_size: 6 new_height: 4 new_width: 4 "
                          "shuffle: true"),
               {});
  const std::vector<float> first = run.Forward().Top(1);
  std::vector<float> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, std::vector<float>({0, 0, 1, 2, 3, 4}));
  bool differs = false;
  for (int i = 0; i < 5; ++i) differs |= run.Forward().Top(1) != first;
  EXPECT_TRUE(differs);
}

TEST(ImageDataTest, SeekingGoesOnAsAStraightRunWould) {
  const std::string layer =
      ImageLayer("batch_size: 4 new_height: 9 new_width: 9 shuffle: true",
                 "transform_param { crop_size: 5 mirror: true }");
  LayerRun straight(layer, {});
  for (int i = 0; i < 4; ++i) straight.Forward();
  LayerRun resumed(layer, {});
  resumed.layer->Seek(12);
  EXPECT_EQ(resumed.Forward().Top(0), straight.Top(0));
  EXPECT_EQ(resumed.layer->position(), straight.layer->position());
}

TEST(ImageDataTest, WhatMakesNoSenseIsAnError) {
  const auto error = [](const std::string& layer) {
    return ErrorFrom([&] { LayerRun(layer, {}).Forward(); });
  };
  EXPECT_EQ(error(R"(type: "ImageData")"),
            "image_data_param needs a source, a file of lines \"path label\"");
  EXPECT_EQ(error(ImageLayer("batch_size: 0")),
            "image_data_param needs a batch_size of 1 or more");
  EXPECT_EQ(error(ImageLayer("new_height: 3")),
            "image_data_param has new_height: 3 and new_width: 0; set both or "
            "neither");
  EXPECT_EQ(error(ImageLayer(
                "new_height: 3 new_width: 3",
                "transform_param { resize_param { height: 3 width: 3 } }")),
            "image_data_param has new_height and transform_param has "
            "resize_param; keep one");
  ExpectContains(
      error(R"(type: "ImageData" image_data_param { source: "none" })"),
      "none: No such file or directory");
  ExpectContains(error(ImageLayer("batch_size: 4")),
                 "but the first image of its batch");
}

TEST(ImageDataTest, AFileThatIsNoImageIsNamed) {
  const TempFolder folder;
  WriteText(folder / "a.jpg", "no image");
  WriteText(folder / "list", (folder / "a.jpg") + " 3\n");
  const std::string layer =
      "type: \"ImageData\" image_data_param { source: \"" + (folder / "list") +
      "\" }";
  ExpectContains(ErrorFrom([&] { LayerRun(layer, {}); }),
                 (folder / "a.jpg") + ": its 8 bytes are not an image");
}

}  // namespace
}  // namespace doppio
