#include "data/transformer.h"

#include <google/protobuf/text_format.h>

#include <set>

#include "data/data_test.h"
#include "io/binary_proto.h"

namespace doppio {
namespace {

TransformationParameter Param(const std::string& text) {
  TransformationParameter param;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &param)) << text;
  return param;
}

struct Output {
  Shape shape;
  std::vector<float> values;
};

Output Transformed(const Transformer& transformer, const Datum& datum,
                   int64_t sample = 0) {
  const Image image = transformer.Prepare(datum, sample);
  Output output = {transformer.OutputShape(image), {}};
  output.values.resize(output.shape.count());
  transformer.Write(image, sample, output.values.data());
  return output;
}

Output Transformed(const std::string& param, Phase phase, const Datum& datum,
                   int64_t sample = 0) {
  return Transformed(Transformer(Param(param), phase, 1, "data"), datum,
                     sample);
}

std::string TransformError(const std::string& param, const Datum& datum) {
  return ErrorFrom([&] { Transformed(param, TEST, datum); });
}

// A mean file whose value i is 2 * i.
std::string WriteMean(const TempFolder& folder, const Shape& shape) {
  BlobProto mean;
  for (const int extent : shape.extents())
    mean.mutable_shape()->add_dim(extent);
  for (int i = 0; i < shape.count(); ++i) mean.add_data(2 * i);
  WriteBinaryProto(folder / "mean.binaryproto", mean);
  return "mean_file: \"" + (folder / "mean.binaryproto") + "\" ";
}

TEST(TransformerTest, WithoutParametersTheBytesBecomeFloats) {
  const Output y = Transformed("", TRAIN, RawDatum(2, 1, 3, 0, 250));
  EXPECT_EQ(y.shape, Shape({2, 1, 3}));
  EXPECT_EQ(y.values, std::vector<float>({250, 251, 252, 253, 254, 255}));
}

TEST(TransformerTest, TheMeanIsSubtractedBeforeScaling) {
  EXPECT_EQ(Transformed("mean_value: 2 scale: 0.5", TEST, RawDatum(2, 1, 2, 0))
                .values,
            std::vector<float>({-1, -0.5, 0, 0.5}));
  EXPECT_EQ(
      Transformed("mean_value: 1 mean_value: 10", TEST, RawDatum(2, 1, 2, 0))
          .values,
      std::vector<float>({-1, 0, -8, -7}));
}

// The crop begins at (4 - 2) / 2 = 1 and (5 - 2) / 2 = 1.
TEST(TransformerTest, TestingCropsTheCentre) {
  const Output y = Transformed("crop_size: 2", TEST, RawDatum(1, 4, 5, 0));
  EXPECT_EQ(y.shape, Shape({1, 2, 2}));
  EXPECT_EQ(y.values, std::vector<float>({6, 7, 11, 12}));
}

TEST(TransformerTest, TheMeanFileIsCroppedWithTheImage) {
  const TempFolder folder;
  const std::string mean = WriteMean(folder, {1, 1, 4, 5});
  // x - 2 i with x = i.
  EXPECT_EQ(
      Transformed(mean + "crop_size: 2", TEST, RawDatum(1, 4, 5, 0)).values,
      std::vector<float>({-6, -7, -11, -12}));
}

TEST(TransformerTest, FloatDatumsAreTransformedToo) {
  Datum datum;
  datum.set_channels(1);
  datum.set_height(1);
  datum.set_width(3);
  for (const float x : {-0.5f, 0.25f, 1000.f}) datum.add_float_data(x);
  EXPECT_EQ(Transformed("scale: 2 mean_value: 1", TEST, datum).values,
            std::vector<float>({-3, -1.5, 1998}));
}

TEST(TransformerTest, DecodedImagesBecomePlanesOfBlueGreenRed) {
  cv::Mat image(1, 2, CV_8UC3);
  image.at<cv::Vec3b>(0, 0) = cv::Vec3b(1, 2, 3);
  image.at<cv::Vec3b>(0, 1) = cv::Vec3b(4, 5, 6);
  const Output y = Transformed("", TEST, EncodedDatum(image, 0));
  EXPECT_EQ(y.shape, Shape({3, 1, 2}));
  EXPECT_EQ(y.values, std::vector<float>({1, 4, 2, 5, 3, 6}));
}

TEST(TransformerTest, ImagesOfFourChannelsKeepThem) {
  const cv::Mat image(2, 2, CV_8UC4, cv::Scalar(1, 2, 3, 4));
  const Output y = Transformed("", TEST, EncodedDatum(image, 0));
  EXPECT_EQ(y.shape, Shape({4, 2, 2}));
  EXPECT_EQ(y.values[0], 1);
  EXPECT_EQ(y.values[15], 4);
}

TEST(TransformerTest, ForceColorAndForceGrayDecideTheChannels) {
  const Datum gray = EncodedDatum(cv::Mat(2, 2, CV_8UC1, cv::Scalar(9)), 0);
  EXPECT_EQ(Transformed("force_color: true", TEST, gray).shape,
            Shape({3, 2, 2}));
  const Datum colour = EncodedDatum(SmoothImage(2, 2), 0);
  EXPECT_EQ(Transformed("force_gray: true", TEST, colour).shape,
            Shape({1, 2, 2}));
  // Raw Datums are what they are.
  EXPECT_EQ(Transformed("force_gray: true force_color: true", TEST,
                        RawDatum(3, 2, 2, 0))
                .shape,
            Shape({3, 2, 2}));
}

TEST(TransformerTest, ResizingComesBeforeCropping) {
  const Datum datum = RawDatum(1, 2, 2, 0, 8, 0);
  EXPECT_EQ(
      Transformed("resize_param { height: 6 width: 7 }", TEST, datum).shape,
      Shape({1, 6, 7}));
  EXPECT_EQ(Transformed("resize_param { height: 6 width: 7 } crop_size: 5",
                        TEST, datum)
                .shape,
            Shape({1, 5, 5}));
}

// Every element by the definition: pixel (top + h, left + w) of channel c, less
// the mean at the same place, times the scale, at w or mirrored.
std::vector<float> Naive(const Datum& datum, int crop, int top, int left,
                         bool mirror, float scale) {
  const int height = datum.height(), width = datum.width();
  std::vector<float> y(datum.channels() * crop * crop);
  for (int c = 0; c < datum.channels(); ++c) {
    for (int h = 0; h < crop; ++h) {
      for (int w = 0; w < crop; ++w) {
        const int from = (c * height + top + h) * width + left + w;
        const int column = mirror ? crop - 1 - w : w;
        const float x = static_cast<unsigned char>(datum.data()[from]);
        y[(c * crop + h) * crop + column] = (x - 2.f * from) * scale;
      }
    }
  }
  return y;
}

TEST(TransformerTest, TrainingCropsAnywhereAndMirrorsHalf) {
  const TempFolder folder;
  constexpr int kHeight = 9, kWidth = 8, kCrop = 6;
  const Transformer transformer(Param(WriteMean(folder, {3, kHeight, kWidth}) +
                                      "crop_size: 6 mirror: true scale: 0.25"),
                                TRAIN, 1, "data");
  const Datum datum = RawDatum(3, kHeight, kWidth, 0, 5, 77);
  std::set<std::vector<int>> seen;
  int mirrored = 0;
  for (int sample = 0; sample < 400; ++sample) {
    const Output y = Transformed(transformer, datum, sample);
    int matches = 0;
    for (int top = 0; top <= kHeight - kCrop; ++top) {
      for (int left = 0; left <= kWidth - kCrop; ++left) {
        for (const bool mirror : {false, true}) {
          if (y.values != Naive(datum, kCrop, top, left, mirror, 0.25))
            continue;
          ++matches;
          mirrored += mirror;
          seen.insert({top, left, mirror});
        }
      }
    }
    ASSERT_EQ(matches, 1) << "sample " << sample;
  }
  EXPECT_EQ(seen.size(), 4 * 3 * 2);  // every place, both ways
  EXPECT_NEAR(mirrored, 200, 50);     // a standard deviation is 10
}

// The same pixels raw and as a PNG, whose channels alternate.
TEST(TransformerTest, DecodedAndRawImagesGiveTheSame) {
  const cv::Mat image = SmoothImage(20, 30);
  Datum raw = RawDatum(3, 20, 30, 0);
  for (int c = 0; c < 3; ++c) {
    for (int h = 0; h < 20; ++h) {
      for (int w = 0; w < 30; ++w) {
        (*raw.mutable_data())[(c * 20 + h) * 30 + w] =
            static_cast<char>(image.at<cv::Vec3b>(h, w)[c]);
      }
    }
  }
  const TempFolder folder;
  const Transformer transformer(
      Param(WriteMean(folder, {3, 20, 30}) + "crop_size: 17 mirror: true"),
      TRAIN, 1, "data");
  for (int sample = 0; sample < 10; ++sample) {
    EXPECT_EQ(Transformed(transformer, raw, sample).values,
              Transformed(transformer, EncodedDatum(image, 0), sample).values);
  }
}

TEST(TransformerTest, TestingMirrorsTooIfTold) {
  std::set<std::vector<float>> seen;
  for (int sample = 0; sample < 20; ++sample) {
    seen.insert(
        Transformed("mirror: true", TEST, RawDatum(1, 1, 2, 0), sample).values);
  }
  EXPECT_EQ(seen, std::set<std::vector<float>>({{0, 1}, {1, 0}}));
}

TEST(TransformerTest, SeedAndLayerDecideTheDraws) {
  const Datum datum = RawDatum(1, 100, 100, 0);
  const auto run = [&](uint64_t seed, const std::string& layer) {
    const Transformer transformer(Param("crop_size: 3 mirror: true"), TRAIN,
                                  seed, layer);
    return Transformed(transformer, datum, 5).values;
  };
  EXPECT_EQ(run(1, "data"), run(1, "data"));
  EXPECT_NE(run(1, "data"), run(2, "data"));
  EXPECT_NE(run(1, "data"), run(1, "other"));
}

TEST(TransformerTest, WhatDoesNotFitIsAnError) {
  const TempFolder folder;
  const std::string mean = WriteMean(folder, {3, 4, 5});
  const Datum datum = RawDatum(3, 4, 4, 0);
  EXPECT_EQ(TransformError(mean, datum),
            "mean_file \"" + (folder / "mean.binaryproto") +
                "\" is for 3x4x5 images, but this one is "
                "3x4x4");
  EXPECT_EQ(TransformError(mean + "mean_value: 1", datum),
            "transform_param has both mean_file and mean_value; keep one");
  EXPECT_EQ(TransformError("mean_value: 1 mean_value: 2", datum),
            "transform_param has 2 mean_values for images of 3 channels; give "
            "one, or one for each");
  EXPECT_EQ(TransformError("crop_size: 5", datum),
            "a crop_size of 5 does not fit the image of 4x4");
  EXPECT_EQ(TransformError("force_color: true force_gray: true",
                           EncodedDatum(SmoothImage(2, 2), 0)),
            "transform_param has both force_color and force_gray; keep one");
  ExpectContains(TransformError("mean_file: \"none\"", datum), "none");
  WriteMean(folder, {2, 3, 4, 4});
  ExpectContains(TransformError(mean, datum), "is more than one image");
}

}  // namespace
}  // namespace doppio
