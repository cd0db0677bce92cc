#include "data/augment.h"

#include <google/protobuf/text_format.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/data_test.h"
#include "data/transformer.h"

namespace doppio {
namespace {

template <typename Param>
Param Parse(const std::string& text) {
  Param param;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &param)) << text;
  return param;
}

RandomStream Stream(uint64_t sample) {
  return RandomStream(1, Draw::kTransform, 2, sample);
}

// C x H x W, as the net gets it.
std::vector<float> Augmented(const std::string& param, const Datum& datum,
                             int64_t sample, Phase phase = TRAIN,
                             uint64_t seed = 1) {
  const Transformer transformer(Parse<TransformationParameter>(param), phase,
                                seed, "data");
  const Image image = transformer.Prepare(datum, sample);
  std::vector<float> values(transformer.OutputShape(image).count());
  transformer.Write(image, sample, values.data());
  return values;
}

constexpr char kAll[] =
    "crop_size: 20 mirror: true rotation: 30 "
    "random_resized_crop { min_area: 0.2 } "
    "color_jitter { brightness: 0.4 contrast: 0.4 saturation: 0.4 } "
    "random_erasing { prob: 0.7 }";

TEST(AugmentTest, ASampleDependsOnSeedAndNumberAlone) {
  const Datum datum = EncodedDatum(SmoothImage(32, 40), 0);
  const auto once = Augmented(kAll, datum, 5);
  EXPECT_EQ(Augmented(kAll, datum, 5), once);
  EXPECT_NE(Augmented(kAll, datum, 6), once);
  EXPECT_NE(Augmented(kAll, datum, 5, TRAIN, 2), once);
}

TEST(AugmentTest, TestingLeavesImagesAlone) {
  const Datum datum = EncodedDatum(SmoothImage(32, 40), 0);
  EXPECT_EQ(Augmented(kAll, datum, 5, TEST),
            Augmented("crop_size: 20 mirror: true", datum, 5, TEST));
}

// Rows of the channels apart and together are the same image.
TEST(AugmentTest, RawAndEncodedImagesGetTheSame) {
  const cv::Mat image = SmoothImage(30, 30);
  Datum raw;
  raw.set_channels(3);
  raw.set_height(30);
  raw.set_width(30);
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 900; ++i) {
      raw.mutable_data()->push_back(image.at<cv::Vec3b>(i / 30, i % 30)[c]);
    }
  }
  for (int sample = 0; sample < 5; ++sample) {
    EXPECT_EQ(Augmented(kAll, raw, sample),
              Augmented(kAll, EncodedDatum(image, 0), sample));
  }
}

TEST(AugmentTest, RotationTurnsAboutTheCentreWithinItsRange) {
  cv::Mat image(41, 41, CV_8UC1, cv::Scalar(0));
  image.at<uint8_t>(20, 20) = 200;
  image(cv::Rect(35, 19, 3, 3)) = cv::Scalar(255);  // 16 to the right
  double largest = 0;
  for (int sample = 0; sample < 200; ++sample) {
    const Image turned = Rotate({{image}}, 30, Stream(sample));
    EXPECT_EQ(turned.planes[0].at<uint8_t>(20, 20), 200);
    const cv::Moments m =
        cv::moments(turned.planes[0](cv::Rect(25, 0, 16, 41)));
    const double angle =
        std::atan2(m.m01 / m.m00 - 20, m.m10 / m.m00 + 5) * 180 / M_PI;
    largest = std::max(largest, std::abs(angle));
  }
  EXPECT_GT(largest, 27);
  EXPECT_LT(largest, 31);
}

// The image's values are its columns, so that those of a crop tell its place.
TEST(AugmentTest, ResizedCropsHaveAreasAndAspectsWithinTheirRanges) {
  cv::Mat columns(100, 100, CV_32FC1), rows;
  for (int x = 0; x < 100; ++x) columns.col(x) = cv::Scalar(x);
  cv::transpose(columns, rows);
  const auto param = Parse<RandomResizedCropParameter>(
      "min_area: 0.25 max_area: 0.5 min_aspect: 0.5 max_aspect: 2");
  double least = 1, greatest = 0;
  for (int sample = 0; sample < 300; ++sample) {
    const Image crop =
        RandomResizedCrop({{columns, rows}}, param, 10, Stream(sample));
    ASSERT_EQ(crop.planes[0].size(), cv::Size(10, 10));
    // From the first to the last of ten samples is 0.9 of the width.
    const auto extent = [](const cv::Mat& plane) {
      double low, high;
      cv::minMaxLoc(plane, &low, &high);
      return (high - low) / 0.9;
    };
    const double w = extent(crop.planes[0]), h = extent(crop.planes[1]);
    EXPECT_GT(w / h, 0.45);
    EXPECT_LT(w / h, 2.2);
    least = std::min(least, w * h / 1e4);
    greatest = std::max(greatest, w * h / 1e4);
  }
  EXPECT_NEAR(least, 0.25, 0.02);
  EXPECT_NEAR(greatest, 0.5, 0.02);
}

// One factor at a time, recomputed from the image by what it is defined as.
TEST(AugmentTest, JitterChangesBrightnessContrastAndSaturation) {
  cv::Mat image(1, 2, CV_32FC3);
  image.at<cv::Vec3f>(0, 0) = {10, 20, 30};
  image.at<cv::Vec3f>(0, 1) = {50, 40, 90};
  const auto gray = [](const cv::Vec3f& x) {
    return 0.114f * x[0] + 0.587f * x[1] + 0.299f * x[2];
  };
  const cv::Vec3f a = image.at<cv::Vec3f>(0, 0), b = image.at<cv::Vec3f>(0, 1);
  const auto jittered = [&](const std::string& text) {
    return JitterColors({{image}}, Parse<ColorJitterParameter>(text), Stream(3))
        .planes[0]
        .at<cv::Vec3f>(0, 0);
  };
  const float brightness = jittered("brightness: 0.5")[0] / a[0];
  EXPECT_NEAR(jittered("brightness: 0.5")[2], brightness * 30, 1e-4);
  EXPECT_GT(std::abs(brightness - 1), 0.01);

  const float mean = (gray(a) + gray(b)) / 2;
  const cv::Vec3f contrast = jittered("contrast: 0.5");
  const float c = (contrast[0] - mean) / (a[0] - mean);
  EXPECT_NEAR(contrast[2], mean + c * (30 - mean), 1e-3);
  EXPECT_GT(std::abs(c - 1), 0.01);

  const cv::Vec3f saturation = jittered("saturation: 0.5");
  const float s = (saturation[0] - gray(a)) / (a[0] - gray(a));
  EXPECT_NEAR(saturation[2], gray(a) + s * (30 - gray(a)), 1e-3);
  EXPECT_NEAR(gray(saturation), gray(a), 1e-3);
  EXPECT_GT(std::abs(s - 1), 0.01);
}

TEST(AugmentTest, ErasingTakesItsShareOfImagesAndOfArea) {
  const auto param = Parse<RandomErasingParameter>(
      "prob: 0.25 min_area: 0.1 max_area: 0.2 min_aspect: 1 max_aspect: 1");
  int erased = 0;
  for (int sample = 0; sample < 2000; ++sample) {
    const cv::Rect part = ErasedPart(param, 50, 50, Stream(sample));
    if (part.area() == 0) continue;
    ++erased;
    EXPECT_GE(part.area(), 0.09 * 2500);
    EXPECT_LE(part.area(), 0.21 * 2500);
    EXPECT_EQ(part, (part & cv::Rect(0, 0, 50, 50)));
  }
  EXPECT_NEAR(erased, 500, 4 * 19.4);  // four standard deviations
}

TEST(AugmentTest, ErasedPartsHaveTheirValueAfterMeanAndScale) {
  const std::vector<float> values = Augmented(
      "mean_value: 5 scale: 2 random_erasing { prob: 1 min_area: 1 max_area: 1 "
      "min_aspect: 1 max_aspect: 1 value: 7 }",
      RawDatum(2, 4, 4, 0), 0);
  EXPECT_EQ(values, std::vector<float>(32, 7));
}

std::string AugmentError(const std::string& param, const Datum& datum) {
  return ErrorFrom([&] { Augmented(param, datum, 0); });
}

TEST(AugmentTest, MistakesAreTold) {
  const Datum gray = RawDatum(1, 4, 4, 0);
  EXPECT_EQ(AugmentError("random_resized_crop {}", gray),
            "random_resized_crop needs a crop_size, to which crops are "
            "brought");
  EXPECT_EQ(
      AugmentError("crop_size: 2 random_resized_crop { min_area: 2 }", gray),
      "random_resized_crop has areas from 2 to 1; they are shares of the "
      "image, above 0 and up to 1");
  EXPECT_EQ(AugmentError("random_erasing { min_aspect: 9 }", gray),
            "random_erasing has aspects from 9 to 3.3; they are width by "
            "height, the least first");
  EXPECT_EQ(AugmentError("color_jitter { contrast: 2 }", gray),
            "color_jitter has a spread of 2; factors lie between 1 - x and "
            "1 + x, for x from 0 to 1");
  EXPECT_EQ(AugmentError("color_jitter { saturation: 0.1 }", gray),
            "color_jitter has a saturation, which images of 1 channels have "
            "not");
  EXPECT_EQ(AugmentError("crops: 10 crop_size: 2", gray),
            "crops: 10 is for testing; in training there is one crop, at "
            "random");
  EXPECT_EQ(AugmentError("crops: 3 crop_size: 2", gray),
            "crops: 3 is neither 1 nor, with a crop_size, 10");
  EXPECT_EQ(
      AugmentError("crop_size: 2 mean_file: 'm' random_resized_crop {}", gray),
      "random_resized_crop moves pixels about, so that a mean_file fits "
      "none of them; give mean_value");
}

}  // namespace
}  // namespace doppio
