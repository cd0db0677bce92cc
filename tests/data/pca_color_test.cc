#include "data/pca_color.h"

#include <google/protobuf/text_format.h>

#include <cmath>

#include "data/data_test.h"
#include "data/mean_image.h"
#include "data/transformer.h"
#include "io/convert_proto.h"

namespace doppio {
namespace {

// Directions that are at right angles, and plain to compute with.
constexpr char kStatistics[] =
    "mean: 1 mean: 2 mean: 3 "
    "component { variance: 0.2 direction: 0.6 direction: 0.8 direction: 0 } "
    "component { variance: 0.05 direction: -0.8 direction: 0.6 direction: 0 } "
    "component { variance: 0.01 direction: 0 direction: 0 direction: 1 }";

ColorStatistics Statistics() {
  ColorStatistics statistics;
  CHECK(
      google::protobuf::TextFormat::ParseFromString(kStatistics, &statistics));
  return statistics;
}

// What the net's images get is exactly direction * variance * normal number
// times 255, so the covariance is the sum of
// (255 * 0.1 * variance)^2 * direction * direction'. A covariance of n draws
// strays from it by sqrt((C_ii C_jj + C_ij^2) / n).
TEST(PcaColorTest, TheAddedColorHasTheCovarianceOfTheory) {
  const TempFolder folder;
  WriteText(folder / "colors.prototxt", kStatistics);
  TransformationParameter param;
  param.set_pca_color(0.1f);
  param.set_pca_file(folder / "colors.prototxt");
  const Transformer transformer(param, TRAIN, 1, "data");
  const Datum datum = RawDatum(3, 1, 1, 0, 100, 0);
  constexpr int kDraws = 100000;
  double sum[3] = {}, product[3][3] = {};
  for (int sample = 0; sample < kDraws; ++sample) {
    float pixel[3];
    transformer.Write(transformer.Prepare(datum, sample), sample, pixel);
    for (int a = 0; a < 3; ++a) {
      sum[a] += pixel[a] - 100;
      for (int b = 0; b < 3; ++b) {
        product[a][b] += double{pixel[a] - 100} * (pixel[b] - 100);
      }
    }
  }
  double theory[3][3] = {};
  const ColorStatistics statistics = Statistics();
  for (const ColorComponent& component : statistics.component()) {
    const double deviation = 25.5 * component.variance();
    for (int a = 0; a < 3; ++a) {
      for (int b = 0; b < 3; ++b) {
        theory[a][b] += deviation * deviation * component.direction(a) *
                        component.direction(b);
      }
    }
  }
  for (int a = 0; a < 3; ++a) {
    EXPECT_NEAR(sum[a] / kDraws, 0, 4 * std::sqrt(theory[a][a] / kDraws));
    for (int b = 0; b < 3; ++b) {
      const double error = std::sqrt(
          (theory[a][a] * theory[b][b] + theory[a][b] * theory[a][b]) / kDraws);
      EXPECT_NEAR(product[a][b] / kDraws, theory[a][b], 4 * error)
          << a << " " << b;
    }
  }
}

TEST(PcaColorTest, AllPixelsOfAnImageGetTheSameAfterTheMeanBeforeTheScale) {
  const TempFolder folder;
  WriteText(folder / "colors.prototxt", kStatistics);
  TransformationParameter param;
  param.set_pca_color(0.1f);
  param.set_pca_file(folder / "colors.prototxt");
  param.add_mean_value(10);
  param.set_scale(0.5f);
  const Transformer transformer(param, TRAIN, 1, "data");
  const Datum datum = RawDatum(3, 2, 2, 0, 0, 10);
  float values[12];
  transformer.Write(transformer.Prepare(datum, 7), 7, values);
  for (int c = 0; c < 3; ++c) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_NEAR(values[4 * c + i] - values[4 * c], 5 * i, 1e-4);
    }
  }
}

TEST(PcaColorTest, MistakesAreTold) {
  const TempFolder folder;
  TransformationParameter param;
  param.set_pca_color(0.1f);
  const auto error = [&] {
    return ErrorFrom([&] { Transformer(param, TRAIN, 1, "data"); });
  };
  EXPECT_EQ(error(),
            "pca_color needs the components of the colours in pca_file; "
            "compute_image_mean --pca makes one");
  param.set_pca_file(folder / "colors.prototxt");
  WriteText(folder / "colors.prototxt", "component { variance: 1 }");
  EXPECT_EQ(error(), "pca_file \"" + (folder / "colors.prototxt") +
                         "\" does not hold three components of three channels "
                         "each; compute_image_mean --pca writes such a file "
                         "for colour images");
  WriteText(folder / "colors.prototxt", "components { variance: 1 }");
  ExpectContains(error(), "did you mean \"component\"?");
  WriteText(folder / "colors.prototxt", kStatistics);
  const Transformer transformer(param, TRAIN, 1, "data");
  const Datum gray = RawDatum(1, 1, 1, 0);
  float value;
  EXPECT_EQ(ErrorFrom([&] {
              transformer.Write(transformer.Prepare(gray, 0), 0, &value);
            }),
            "pca_color is for images of 3 channels, but this one has 1");
}

// Pixels (0, 0, 0) and (200, 200, 100) in equal number: the mean is half of
// it, and the only direction is (2, 2, 1) / 3, at 300 / 2 from the mean.
TEST(ColorsTest, OnePassFindsMeanDeviationAndComponents) {
  const TempFolder folder;
  std::vector<Datum> datums;
  for (int i = 0; i < 200; ++i) {
    const bool light = i % 2 == 1;
    cv::Mat image(1, 1, CV_8UC3,
                  light ? cv::Scalar(200, 200, 100) : cv::Scalar());
    datums.push_back(EncodedDatum(image, 0));
  }
  WriteLmdb(folder / "lmdb", datums);
  const auto source = OpenLmdb(folder / "lmdb");
  BlobProto mean;
  const ColorStatistics colors = ColorsOf(*source, 3, &mean);
  EXPECT_EQ(colors.images(), 200);
  EXPECT_EQ(std::vector<float>(colors.mean().begin(), colors.mean().end()),
            std::vector<float>({100, 100, 50}));
  EXPECT_EQ(colors.deviation(0), 100);
  EXPECT_NEAR(colors.component(0).variance(), 150. * 150 / (255 * 255), 1e-5);
  EXPECT_NEAR(colors.component(0).direction(0), 2. / 3, 1e-5);
  EXPECT_NEAR(colors.component(0).direction(2), 1. / 3, 1e-5);
  EXPECT_NEAR(colors.component(1).variance(), 0, 1e-6);
  EXPECT_EQ(std::vector<float>(mean.data().begin(), mean.data().end()),
            std::vector<float>({100, 100, 50}));
  // The same for any number of threads, and as a file to be read.
  EXPECT_EQ(ColorsOf(*source, 1, nullptr).SerializeAsString(),
            colors.SerializeAsString());
  WriteProto(folder / "colors.prototxt", colors, false);
  EXPECT_EQ(ReadColorStatistics(folder / "colors.prototxt").SerializeAsString(),
            colors.SerializeAsString());
}

TEST(ColorsTest, ImagesOfAnySizeDoWithoutAMeanImage) {
  const TempFolder folder;
  WriteLmdb(folder / "lmdb", {RawDatum(3, 1, 2, 0), RawDatum(3, 2, 2, 0)});
  EXPECT_EQ(ColorsOf(*OpenLmdb(folder / "lmdb"), 2, nullptr).images(), 2);
  WriteLmdb(folder / "gray", {RawDatum(1, 1, 2, 0)});
  ExpectContains(
      ErrorFrom([&] { ColorsOf(*OpenLmdb(folder / "gray"), 1, nullptr); }),
      "principal components of colours need images of 3 channels; "
      "this one has 1");
}

}  // namespace
}  // namespace doppio
