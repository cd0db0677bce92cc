#include <algorithm>

#include "data/data_test.h"
#include "data/windows.h"
#include "layers/layer_test.h"

namespace doppio {
namespace {

TEST(WindowCropTest, WithoutContextTheWindowIsStretched) {
  const WindowCrop crop =
      CropOf({0, 1, 2, 3, 5, 8}, cv::Size(20, 20), 10, 0, false, false);
  EXPECT_EQ(crop.source, cv::Rect(2, 3, 4, 6));
  EXPECT_EQ(crop.size, cv::Size(10, 10));
  EXPECT_EQ(crop.left + crop.top, 0);
}

// 4 x 4 pixels from (4, 4), of which 8 crop pixels are to be the inner 4: each
// side grows by half, and the rounding of (first, last) takes one pixel more.
TEST(WindowCropTest, ContextWidensTheWindow) {
  const WindowCrop crop =
      CropOf({0, 1, 4, 4, 7, 7}, cv::Size(20, 20), 8, 2, false, false);
  EXPECT_EQ(crop.source, cv::Rect(2, 2, 9, 9));
  EXPECT_EQ(crop.size, cv::Size(8, 8));
}

TEST(WindowCropTest, ASquareTakesTheLongerSide) {
  const WindowCrop crop =
      CropOf({0, 1, 8, 8, 9, 11}, cv::Size(20, 20), 10, 0, true, false);
  EXPECT_EQ(crop.source.width, crop.source.height);
  EXPECT_EQ(crop.source, cv::Rect(7, 8, 5, 5));
}

// The whole span is 2 - 6 .. 2 + 6 = -4 .. 8 in x, 13 pixels for 13 of the
// crop.
TEST(WindowCropTest, WhatLiesOutsideIsLeftFree) {
  const ListedWindow window = {0, 1, 0, 0, 3, 11};
  const WindowCrop crop = CropOf(window, cv::Size(20, 20), 13, 0, true, false);
  EXPECT_EQ(crop.source, cv::Rect(0, 0, 9, 13));
  EXPECT_EQ(crop.left, 4);
  EXPECT_EQ(crop.top, 0);
  EXPECT_EQ(crop.size, cv::Size(9, 13));
  // Mirrored, the free part is that of the other side, where there is none.
  EXPECT_EQ(CropOf(window, cv::Size(20, 20), 13, 0, true, true).left, 0);
}

// Two images of one colour each; a window of class 3 in the first, background
// in the second.
class WindowDataTest : public testing::Test {
 protected:
  WindowDataTest() {
    Store("a.png", cv::Scalar(10, 20, 30));
    Store("b.png", cv::Scalar(100, 110, 120));
    WriteText(folder_ / "windows.txt",
              "# 0\na.png\n3\n8\n8\n2\n3 0.9 1 1 6 6\n5 0.4 0 0 3 3\n"
              "# 1\nb.png\n3\n8\n8\n1\n4 0.1 0 0 7 7\n");
  }

  void Store(const std::string& name, const cv::Scalar& colour) {
    cv::imwrite(folder_ / name, cv::Mat(8, 8, CV_8UC3, colour));
  }

  std::string Layer(const std::string& window,
                    const std::string& transform = "crop_size: 4") const {
    return R"(name: "w" type: "WindowData" top: "data" top: "label" window_data_param { source: ")" +
           (folder_ / "windows.txt") + "\" root_folder: \"" + folder_.path() +
           "/\" bg_threshold: 0.3 " + window + " } transform_param { " +
           transform + " }";
  }

  const TempFolder folder_;
};

TEST_F(WindowDataTest, ABatchIsBackgroundThenObjects) {
  LayerRun run(Layer("batch_size: 4 fg_fraction: 0.25"), {});
  EXPECT_EQ(run.Forward().Top(1), std::vector<float>({0, 0, 0, 3}));
  const std::vector<float> data = run.Top(0);
  EXPECT_EQ(run.tops[0].data.shape(), Shape({4, 3, 4, 4}));
  EXPECT_EQ(data[0], 100);
  EXPECT_EQ(data[3 * 48], 10);
  EXPECT_EQ(data[3 * 48 + 47], 30);
}

TEST_F(WindowDataTest, SubtractsTheMeanAndScalesButNotOutside) {
  // The object's context of 1 crop pixel lies within the image, so nothing is
  // outside; the background's does not.
  LayerRun run(Layer("batch_size: 2 fg_fraction: 0.5 context_pad: 1 scale: 0.5",
                     "crop_size: 4 mean_value: 10 mean_value: 20 "
                     "mean_value: 30"),
               {});
  const std::vector<float> data = run.Forward().Top(0);
  EXPECT_EQ(data[0], 0);
  EXPECT_EQ(data[5], 45);  // (100 - 10) / 2
  EXPECT_EQ(data[48 + 5], 0);
}

TEST_F(WindowDataTest, TheSameForAnyNumberOfThreadsAndFromAPosition) {
  const std::string layer =
      Layer("batch_size: 3 cache_images: true", "crop_size: 4 mirror: true");
  LayerRun run(layer, {}), resumed(layer, {});
  run.Forward();
  run.Forward();
  EXPECT_EQ(run.layer->position(), 6);
  resumed.layer->Seek(3);
  EXPECT_EQ(resumed.Forward().Top(0), run.Top(0));
}

TEST_F(WindowDataTest, TellsWhatIsWrong) {
  const auto error = [](const std::string& layer) {
    return ErrorFrom([&] { LayerRun(layer, {}).Forward(); });
  };
  EXPECT_EQ(error(Layer("batch_size: 1", "")),
            "transform_param needs a crop_size of 1 or more");
  EXPECT_EQ(error(Layer("batch_size: 1 crop_mode: 'round'")),
            "crop_mode \"round\" is neither \"warp\" nor \"square\"");
  EXPECT_EQ(error(Layer("batch_size: 1 context_pad: 2")),
            "a context_pad of 2 on each side leaves nothing of a crop_size of "
            "4");
  ExpectContains(error(Layer("batch_size: 4 fg_threshold: 0.95")),
                 "has no window with an overlap of fg_threshold, 0.95");
  WriteText(folder_ / "windows.txt", "# 0\na.png\n3 8 8 1\n3 0.9 1 1");
  ExpectContains(error(Layer("batch_size: 1")), "image 1: x2 is missing");
  WriteText(folder_ / "windows.txt", "# 0\na.png\n3 8 8 1\n3 0.9 1 1 6 8");
  ExpectContains(error(Layer("batch_size: 1 fg_fraction: 1")),
                 "the window 1 1 6 8 does not lie in it");
}

}  // namespace
}  // namespace doppio
