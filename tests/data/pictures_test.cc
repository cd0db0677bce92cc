#include "data/pictures.h"

#include "data/data_test.h"
#include "data/label_names.h"

namespace doppio {
namespace {

TEST(PicturesTest, ASheetHasEveryImageInItsPlace) {
  std::vector<LabelledPicture> pictures;
  for (int i = 0; i < 3; ++i) {
    pictures.push_back({cv::Mat(8, 8, CV_8UC3, cv::Scalar(i * 50, 0, 0)),
                        "a label that is far too long"});
  }
  const cv::Mat sheet = ContactSheet(pictures, 2, 16);
  EXPECT_EQ(sheet.size(), cv::Size(2 * 20 + 4, 2 * 34 + 4));
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 8, 4 + 8), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(sheet.at<cv::Vec3b>(4 + 8, 24 + 8), cv::Vec3b(50, 0, 0));
  EXPECT_EQ(sheet.at<cv::Vec3b>(38 + 8, 4 + 8), cv::Vec3b(100, 0, 0));
  EXPECT_EQ(sheet.at<cv::Vec3b>(38 + 8, 24 + 8), cv::Vec3b(255, 255, 255));
}

TEST(PicturesTest, AConfusionIsDarkWhereItIsFrequent) {
  const cv::Mat picture = ConfusionPicture({3, 1, 0, 0}, 2);
  EXPECT_EQ(picture.size(), cv::Size(600, 600));
  EXPECT_EQ(picture.at<uint8_t>(10, 10), 255 - 191);
  EXPECT_EQ(picture.at<uint8_t>(10, 590), 255 - 63);
  EXPECT_EQ(picture.at<uint8_t>(590, 590), 255);
}

TEST(PicturesTest, FloatsBecomeBytes) {
  const float values[] = {0, 300, -5, 100.4f};
  const cv::Mat picture = PictureOf(values, 1, 2, 2);
  EXPECT_EQ(picture.at<cv::Vec3b>(0, 1), cv::Vec3b(255, 255, 255));
  EXPECT_EQ(picture.at<cv::Vec3b>(1, 0), cv::Vec3b(0, 0, 0));
  EXPECT_EQ(picture.at<cv::Vec3b>(1, 1), cv::Vec3b(100, 100, 100));
}

TEST(PicturesTest, WhatCannotBeWrittenIsTold) {
  const cv::Mat picture(2, 2, CV_8UC1);
  EXPECT_EQ(ErrorFrom([&] { WritePicture("/nowhere/a.png", picture); }),
            "cannot write the picture \"/nowhere/a.png\"; is its folder there, "
            "and does its name end with .png or .jpg?");
  EXPECT_EQ(ErrorFrom([&] { WritePicture("a.doc", picture); }),
            "cannot write the picture \"a.doc\"; its name should end with .png "
            "or .jpg");
}

TEST(LabelNamesTest, LieInTheDatabasesFolder) {
  const TempFolder folder;
  EXPECT_TRUE(LabelNames(folder.path()).empty());
  WriteText(folder / kLabelNamesFile, "cat\r\ngreat dog\n");
  const std::vector<std::string> names = LabelNames(folder.path());
  EXPECT_EQ(NameOf(0, names), "0 cat");
  EXPECT_EQ(NameOf(1, names), "1 great dog");
  EXPECT_EQ(NameOf(2, names), "2");
}

}  // namespace
}  // namespace doppio
