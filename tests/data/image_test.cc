#include "data/image.h"

#include <opencv2/imgproc.hpp>

#include "data/data_test.h"
#include "data/image_facts.h"
#include "data/resize.h"

namespace doppio {
namespace {

std::string JpegOf(const cv::Mat& image) { return EncodeImage(image, "jpg"); }

TEST(ImageTest, ARawDatumHasOnePlanePerChannel) {
  const Datum datum = RawDatum(2, 1, 3, 0);
  const Image image = ImageOf(datum, Colors::kAsStored);
  EXPECT_EQ(image.channels(), 2);
  EXPECT_EQ(image.height(), 1);
  EXPECT_EQ(image.width(), 3);
  EXPECT_EQ(image.planes[1].at<uchar>(0, 2), 5);
}

TEST(ImageTest, FloatsCountWhereThereAreNoBytes) {
  Datum datum;
  datum.set_channels(1);
  datum.set_height(1);
  datum.set_width(2);
  datum.add_float_data(-1.5f);
  datum.add_float_data(300);
  const Image image = ImageOf(datum, Colors::kAsStored);
  EXPECT_EQ(image.planes[0].at<float>(0, 0), -1.5f);
  EXPECT_EQ(image.planes[0].at<float>(0, 1), 300);
}

TEST(ImageTest, AnEncodedImageHasTheChannelsAskedFor) {
  const Datum colour = EncodedDatum(SmoothImage(4, 5), 0);
  EXPECT_EQ(ImageOf(colour, Colors::kAsStored).channels(), 3);
  EXPECT_EQ(ImageOf(colour, Colors::kGray).channels(), 1);
  const Datum gray = EncodedDatum(cv::Mat(4, 5, CV_8UC1, cv::Scalar(9)), 0);
  EXPECT_EQ(ImageOf(gray, Colors::kAsStored).channels(), 1);
  const Image image = ImageOf(gray, Colors::kColor);
  EXPECT_EQ(image.channels(), 3);
  EXPECT_EQ(image.planes[0].at<cv::Vec3b>(3, 4), cv::Vec3b(9, 9, 9));
}

TEST(ImageTest, ADatumWhoseSizesDisagreeIsAnError) {
  const auto error = [](const Datum& datum) {
    return ErrorFrom([&] { ImageOf(datum, Colors::kAsStored); });
  };
  Datum datum = RawDatum(3, 2, 2, 0);
  datum.set_width(3);
  EXPECT_EQ(error(datum),
            "it holds 12 bytes, but its channels x height x width 3x2x3 make "
            "18");
  datum.clear_data();
  datum.add_float_data(1);
  ExpectContains(error(datum), "it holds 1 floats, but");
  datum.set_height(0);
  EXPECT_EQ(error(datum), "its channels x height x width are 3x0x3");
  datum.set_height(1 << 30);
  datum.set_width(1 << 30);
  ExpectContains(error(datum), "it holds 1 floats, but");
}

TEST(ImageTest, WhatCannotBeDecodedIsAnError) {
  const auto error = [](const std::string& bytes, Colors colors) {
    return ErrorFrom([&] { Decode(bytes, colors); });
  };
  EXPECT_EQ(error("", Colors::kColor), "the image file is empty");
  EXPECT_EQ(error("no image", Colors::kColor),
            "its 8 bytes are not an image that can be decoded; the file is "
            "damaged or of an unknown format");
  const std::string deep =
      EncodeImage(cv::Mat(2, 2, CV_16UC1, cv::Scalar(1000)));
  ExpectContains(error(deep, Colors::kAsStored), "more than 8 bits per value");
  EXPECT_EQ(error(deep, Colors::kGray), "(no Error)");
}

TEST(ImageTest, AJpegWithoutItsEndIsCutShort) {
  const std::string jpeg = JpegOf(SmoothImage(40, 50));
  EXPECT_FALSE(CutShort(jpeg));
  EXPECT_FALSE(CutShort(jpeg + std::string(100, '\0')));  // padded
  EXPECT_TRUE(CutShort(jpeg.substr(0, jpeg.size() - 2)));
  EXPECT_TRUE(CutShort(jpeg.substr(0, jpeg.size() / 2)));
  EXPECT_TRUE(CutShort(jpeg.substr(0, 30)));
  const std::string filled = jpeg.substr(0, 2) + "\xFF\xFF" + jpeg.substr(2);
  EXPECT_FALSE(CutShort(filled));
  EXPECT_TRUE(CutShort(filled.substr(0, filled.size() - 2)));
  EXPECT_FALSE(CutShort(EncodeImage(SmoothImage(4, 5))));
  EXPECT_FALSE(CutShort(""));
}

TEST(ImageTest, TheEndOfAnEmbeddedThumbnailIsNotTheEnd) {
  const std::string jpeg = JpegOf(SmoothImage(40, 50));
  // A segment of the application (E1) that holds a whole JPEG.
  const std::string thumbnail = JpegOf(SmoothImage(4, 5));
  std::string segment = "\xFF\xE1";
  segment += static_cast<char>((thumbnail.size() + 2) / 256);
  segment += static_cast<char>((thumbnail.size() + 2) % 256);
  segment += thumbnail;
  const std::string whole = jpeg.substr(0, 2) + segment + jpeg.substr(2);
  EXPECT_FALSE(CutShort(whole));
  EXPECT_TRUE(CutShort(whole.substr(0, whole.size() - 2)));
}

class ResizeTest : public testing::Test {
 protected:
  Image Resized(const Image& image, uint64_t sample = 0) const {
    return Resize(image, param_, RandomStream(1, Draw::kTest, sample), 0);
  }
  Image Gray(int height, int width, int value) const {
    return {{cv::Mat(height, width, CV_8UC1, cv::Scalar(value))}};
  }
  void Size(int height, int width, ResizeParameter::Resize_mode mode) {
    param_.set_height(height);
    param_.set_width(width);
    param_.set_resize_mode(mode);
  }

  ResizeParameter param_;
};

TEST_F(ResizeTest, WarpStretchesBytesAndFloatsAlike) {
  Size(2, 4, ResizeParameter::WARP);
  const cv::Mat bytes = (cv::Mat_<uchar>(1, 2) << 10, 50);
  cv::Mat floats;
  bytes.convertTo(floats, CV_32F);
  // Pixel centres of the result lie at -0.25, 0.25, 0.75 and 1.25.
  const cv::Mat expected = (cv::Mat_<uchar>(2, 4) << 10, 20, 40, 50,  //
                            10, 20, 40, 50);
  const Image resized = Resized({{bytes}});
  EXPECT_EQ(cv::norm(resized.planes[0], expected, cv::NORM_INF), 0);
  cv::Mat rounded;
  Resized({{floats}}).planes[0].convertTo(rounded, CV_8U);
  EXPECT_EQ(cv::norm(rounded, expected, cv::NORM_INF), 0);
}

TEST_F(ResizeTest, EveryPlaneIsResized) {
  Size(4, 6, ResizeParameter::WARP);
  const Datum raw = RawDatum(5, 2, 3, 0);
  const Image resized = Resized(ImageOf(raw, Colors::kAsStored));
  EXPECT_EQ(resized.channels(), 5);
  EXPECT_EQ(resized.planes[4].rows, 4);
  EXPECT_EQ(resized.planes[4].cols, 6);
}

TEST_F(ResizeTest, FitSmallSizeCoversTheSize) {
  Size(10, 20, ResizeParameter::FIT_SMALL_SIZE);
  const Image tall = Resized(Gray(40, 40, 1));
  EXPECT_EQ(tall.height(), 20);
  EXPECT_EQ(tall.width(), 20);
  const Image wide = Resized(Gray(20, 80, 1));
  EXPECT_EQ(wide.height(), 10);
  EXPECT_EQ(wide.width(), 40);
}

TEST_F(ResizeTest, FitLargeSizeCentresAndPads) {
  Size(4, 8, ResizeParameter::FIT_LARGE_SIZE_AND_PAD);
  param_.add_pad_value(7);
  const cv::Mat square = Resized(Gray(2, 2, 99)).planes[0];
  const cv::Mat row = (cv::Mat_<uchar>(1, 8) << 7, 7, 99, 99, 99, 99, 7, 7);
  ASSERT_EQ(square.rows, 4);
  for (int h = 0; h < 4; ++h) {
    EXPECT_EQ(cv::norm(square.row(h), row, cv::NORM_INF), 0) << h;
  }
  const cv::Mat wide = Resized(Gray(1, 4, 99)).planes[0];
  const cv::Mat column = (cv::Mat_<uchar>(4, 1) << 7, 99, 99, 7);
  EXPECT_EQ(cv::norm(wide.col(5), column, cv::NORM_INF), 0);
}

TEST_F(ResizeTest, PaddingMayDifferByChannel) {
  Size(2, 4, ResizeParameter::FIT_LARGE_SIZE_AND_PAD);
  for (const float value : {1, 2, 3}) param_.add_pad_value(value);
  const Image decoded = {{cv::Mat(2, 2, CV_8UC3, cv::Scalar(9, 9, 9))}};
  EXPECT_EQ(Resized(decoded).planes[0].at<cv::Vec3b>(0, 0), cv::Vec3b(1, 2, 3));
  const Datum raw = RawDatum(3, 2, 2, 0, 9, 0);
  EXPECT_EQ(Resized(ImageOf(raw, Colors::kAsStored)).planes[2].at<uchar>(0, 3),
            3);
  EXPECT_EQ(ErrorFrom([&] { Resized(Gray(2, 2, 1)); }),
            "resize_param has 3 pad_values for images of 1 channels; give one, "
            "or one for each");
}

TEST_F(ResizeTest, PaddingMayRepeatOrMirrorTheImage) {
  Size(1, 8, ResizeParameter::FIT_LARGE_SIZE_AND_PAD);
  const Image image = {{(cv::Mat_<uchar>(1, 4) << 1, 2, 3, 4)}};
  const auto expect = [&](std::vector<uchar> row) {
    const cv::Mat padded = Resized(image).planes[0];
    EXPECT_EQ(std::vector<uchar>(padded.begin<uchar>(), padded.end<uchar>()),
              row);
  };
  param_.set_pad_mode(ResizeParameter::REPEAT_NEAREST);
  expect({1, 1, 1, 2, 3, 4, 4, 4});
  param_.set_pad_mode(ResizeParameter::MIRRORED);
  expect({3, 2, 1, 2, 3, 4, 3, 2});
}

TEST_F(ResizeTest, InterpolationsAreDrawnAndDiffer) {
  Size(2, 4, ResizeParameter::WARP);
  const Image image = {{(cv::Mat_<uchar>(1, 2) << 10, 50)}};
  param_.add_interp_mode(ResizeParameter::NEAREST);
  const cv::Mat nearest = Resized(image).planes[0];
  EXPECT_EQ(nearest.at<uchar>(0, 1), 10);
  EXPECT_EQ(nearest.at<uchar>(0, 2), 50);
  param_.add_interp_mode(ResizeParameter::LINEAR);
  int linear = 0;
  for (int sample = 0; sample < 100; ++sample) {
    linear += Resized(image, sample).planes[0].at<uchar>(0, 1) == 20;
  }
  EXPECT_GT(linear, 30);
  EXPECT_LT(linear, 70);
}

TEST_F(ResizeTest, EachInterpolationIsTheOneOfItsName) {
  Size(5, 7, ResizeParameter::WARP);
  const cv::Mat image = SmoothImage(9, 11);
  const std::vector<std::pair<ResizeParameter::Interp_mode, int>> modes = {
      {ResizeParameter::LINEAR, cv::INTER_LINEAR},
      {ResizeParameter::AREA, cv::INTER_AREA},
      {ResizeParameter::NEAREST, cv::INTER_NEAREST},
      {ResizeParameter::CUBIC, cv::INTER_CUBIC},
      {ResizeParameter::LANCZOS4, cv::INTER_LANCZOS4}};
  for (const auto& [mode, interpolation] : modes) {
    param_.clear_interp_mode();
    param_.add_interp_mode(mode);
    cv::Mat expected;
    cv::resize(image, expected, cv::Size(7, 5), 0, 0, interpolation);
    EXPECT_EQ(cv::norm(Resized({{image}}).planes[0], expected, cv::NORM_INF), 0)
        << ResizeParameter::Interp_mode_Name(mode);
  }
}

TEST_F(ResizeTest, ProbDecidesHowManyAreResized) {
  Size(2, 2, ResizeParameter::WARP);
  param_.set_prob(0.5);
  int resized = 0;
  for (int sample = 0; sample < 100; ++sample) {
    resized += Resized(Gray(4, 4, 1), sample).height() == 2;
  }
  EXPECT_GT(resized, 30);
  EXPECT_LT(resized, 70);
}

TEST_F(ResizeTest, BothSidesMustBeGiven) {
  param_.set_height(5);
  EXPECT_EQ(ErrorFrom([&] { Resized(Gray(4, 4, 1)); }),
            "resize_param needs both height and width, but has 5 and 0");
}

}  // namespace
}  // namespace doppio
