#include "data/image_converter.h"

#include <algorithm>

#include "data/data_test.h"
#include "data/image.h"
#include "data/in_order.h"
#include "data/mean_image.h"
#include "io/file.h"

namespace doppio {
namespace {

const std::string kGolden =
    std::string(DOPPIO_SOURCE_DIR) + "/tests/golden/data/";

std::vector<std::string> Records(const std::string& database) {
  const auto source = OpenLmdb(database);
  std::vector<std::string> records;
  for (int64_t i = 0; i < source->size(); ++i) {
    Datum datum;
    source->Read(i, &datum);
    const std::string name = source->Name(i);
    records.push_back(name.substr(0, name.find(" of ")) + " " +
                      datum.ShortDebugString());
  }
  return records;
}

// The databases that Caffe's own converter made of the same images.
TEST(ImageConverterTest, RecordsAreThoseOfCaffesConverter) {
  const ImageList images =
      ReadImageList(kGolden + "img/list.txt", Labels::kStrict);
  ImageConversion conversion;
  conversion.resize_height = 10;
  conversion.resize_width = 12;
  const auto convert = [&](const std::string& golden) {
    const TempFolder folder;
    LmdbWriter writer(folder / "db");
    ConvertImages(kGolden + "img/", images, conversion, true, 3, &writer);
    writer.Finish();
    EXPECT_EQ(Records(folder / "db"), Records(kGolden + golden)) << golden;
  };
  convert("lmdb_raw");
  conversion.gray = true;
  convert("lmdb_gray");
}

// PNG files may be compressed differently, but their pixels must be the same.
TEST(ImageConverterTest, EncodedRecordsDecodeToThoseOfCaffesConverter) {
  ImageConversion conversion;
  conversion.resize_height = 10;
  conversion.resize_width = 12;
  conversion.encoded = true;
  const auto source = OpenLmdb(kGolden + "lmdb_png");
  Datum expected;
  source->Read(0, &expected);
  const std::string path = kGolden + "img/im0.png";
  const Datum datum = ConvertImage(ReadFile(path), path, conversion);
  EXPECT_TRUE(datum.encoded());
  EXPECT_EQ(cv::norm(Decode(datum.data(), Colors::kAsStored),
                     Decode(expected.data(), Colors::kAsStored), cv::NORM_INF),
            0);
}

TEST(ImageConverterTest, AnImageThatNeedsNoChangeKeepsItsBytes) {
  ImageConversion conversion;
  conversion.encoded = true;
  const std::string jpeg = EncodeImage(SmoothImage(20, 30), "jpg");
  const auto data = [&](const std::string& bytes, const std::string& path) {
    return ConvertImage(bytes, path, conversion).data();
  };
  EXPECT_EQ(data(jpeg, "a.JPEG"), jpeg);
  conversion.encode_type = "jpg";
  EXPECT_EQ(data(jpeg, "a.JPEG"), jpeg);
  conversion.encode_type = "png";
  EXPECT_EQ(data(jpeg, "a.JPEG").substr(1, 3), "PNG");
  // A gray image among coloured ones would be another shape.
  conversion.encode_type = "";
  const std::string gray = EncodeImage(cv::Mat(8, 8, CV_8UC1, cv::Scalar(9)));
  EXPECT_EQ(Decode(data(gray, "a.png"), Colors::kAsStored).channels(), 3);
  conversion.gray = true;
  EXPECT_EQ(data(gray, "a.png"), gray);
  EXPECT_EQ(Decode(data(jpeg, "a.jpg"), Colors::kAsStored).channels(), 1);
  // What has no type that can be written becomes a JPEG.
  conversion.gray = false;
  conversion.resize_short = 4;
  EXPECT_EQ(data(jpeg, "a.b/image").substr(0, 2), "\xFF\xD8");
}

TEST(ImageConverterTest, ResizeShortCutsOutTheCentralSquare) {
  // Left and right of the central square lies another colour.
  cv::Mat image(60, 100, CV_8UC3, cv::Scalar(0, 0, 200));
  image(cv::Rect(20, 0, 60, 60)).setTo(cv::Scalar(10, 20, 30));
  ImageConversion conversion;
  conversion.resize_short = 16;
  for (const bool tall : {false, true}) {
    const Datum datum = ConvertImage(
        EncodeImage(tall ? cv::Mat(image.t()) : image), "a.png", conversion);
    EXPECT_EQ(datum.channels(), 3);
    EXPECT_EQ(datum.height(), 16);
    EXPECT_EQ(datum.width(), 16);
    EXPECT_EQ(datum.data(), std::string(256, 10) + std::string(256, 20) +
                                std::string(256, 30));
  }
}

// A factor of four: each pixel is the mean of 4 x 4.
TEST(ImageConverterTest, ResizeShortLeavesNoPixelOut) {
  cv::Mat image(16, 16, CV_8UC3, cv::Scalar(0, 0, 0));
  image.at<cv::Vec3b>(4, 8) = cv::Vec3b(160, 160, 160);
  ImageConversion conversion;
  conversion.resize_short = 4;
  const Datum datum = ConvertImage(EncodeImage(image), "a.png", conversion);
  EXPECT_EQ(datum.data()[1 * 4 + 2], 10);
  EXPECT_EQ(datum.data()[0], 0);
}

TEST(ImageConverterTest, BadImagesAreReportedAndTheOthersWritten) {
  const TempFolder folder;
  const std::string jpeg = EncodeImage(SmoothImage(20, 30), "jpg");
  WriteText(folder / "good.jpg", jpeg);
  WriteText(folder / "cut.jpg", jpeg.substr(0, jpeg.size() / 2));
  WriteText(folder / "text.jpg", "no image");
  WriteText(folder / "empty.jpg", "");
  WriteText(folder / "small.jpg", EncodeImage(SmoothImage(20, 29), "jpg"));
  const ImageList images = {{"cut.jpg", 0},  {"good.jpg", 1}, {"none.jpg", 2},
                            {"text.jpg", 3}, {"good.jpg", 4}, {"empty.jpg", 5},
                            {"small.jpg", 6}};
  LmdbWriter writer(folder / "db");
  const ConversionReport report =
      ConvertImages(folder / "", images, {}, true, 2, &writer);
  writer.Finish();
  EXPECT_EQ(report.written, 2);
  ASSERT_EQ(report.bad.size(), 5);
  EXPECT_EQ(report.bad[0], (folder / "cut.jpg") + ": the JPEG is cut short");
  ExpectContains(report.bad[1], "none.jpg: No such file or directory");
  ExpectContains(report.bad[2], "text.jpg: its 8 bytes are not an image");
  ExpectContains(report.bad[3], "empty.jpg: the image file is empty");
  EXPECT_EQ(report.bad[4], (folder / "small.jpg") +
                               " is 3x20x29, but the first image 3x20x30");
  // Keys count the list, so that they do not depend on what is bad.
  const auto source = OpenLmdb(folder / "db");
  ExpectContains(source->Name(0), "\"00000001_good.jpg\"");
  ExpectContains(source->Name(1), "\"00000004_good.jpg\"");
}

TEST(ImageConverterTest, LongPathsAreCutToFitAKey) {
  const TempFolder folder;
  const std::string name(200, 'x');
  std::string path;
  for (int i = 0; i < 3; ++i) path += name + "/";
  std::filesystem::create_directories(folder / path);
  WriteText(folder / (path + "a.png"), EncodeImage(SmoothImage(2, 2)));
  LmdbWriter writer(folder / "db");
  ConvertImages(folder / "", {{path + "a.png", 0}}, {}, false, 1, &writer);
  writer.Finish();
  EXPECT_EQ(OpenLmdb(folder / "db")->size(), 1);
}

TEST(ImageConverterTest, ATypeThatCannotHoldTheImageIsNotTaken) {
  const std::string gray =
      EncodeImage(cv::Mat(4, 4, CV_8UC1, cv::Scalar(9)), "pgm");
  ImageConversion conversion;
  conversion.encoded = true;
  const Datum datum = ConvertImage(gray, "a.pgm", conversion);
  EXPECT_EQ(ImageOf(datum, Colors::kAsStored).channels(), 3);
  for (const char* type : {"pgm", "pbm", "exr", "hdr"}) {
    conversion.encode_type = type;
    ExpectContains(ErrorFrom([&] { conversion.Check(); }),
                   "colour images cannot be encoded as");
  }
  conversion.encode_type = "pgm";
  conversion.gray = true;
  conversion.Check();
}

TEST(ImageConverterTest, AnImageTooLargeForItsTypeIsReported) {
  const TempFolder folder;
  WriteText(folder / "wide.png",
            EncodeImage(cv::Mat(1, 70000, CV_8UC3, cv::Scalar::all(9))));
  WriteText(folder / "good.png", EncodeImage(SmoothImage(4, 4)));
  ImageConversion conversion;
  conversion.encoded = true;
  conversion.encode_type = "jpg";
  LmdbWriter writer(folder / "db");
  const ConversionReport report =
      ConvertImages(folder / "", {{"wide.png", 0}, {"good.png", 0}}, conversion,
                    false, 1, &writer);
  ASSERT_EQ(report.bad.size(), 1);
  ExpectContains(report.bad[0], "wide.png: the image");
  EXPECT_EQ(report.written, 1);
}

TEST(ImageConverterTest, WishesThatContradictAreAnError) {
  const auto error = [](const ImageConversion& conversion) {
    return ErrorFrom([&] { conversion.Check(); });
  };
  ImageConversion conversion;
  conversion.resize_height = 5;
  EXPECT_EQ(error(conversion),
            "resize_height is 5 and resize_width 0; give both or neither");
  conversion.resize_width = 5;
  conversion.resize_short = 5;
  ExpectContains(error(conversion), "does not go together");
  conversion = {};
  conversion.encode_type = "doc";
  EXPECT_EQ(error(conversion),
            "colour images cannot be encoded as \"doc\"; jpg and png always "
            "can");
  conversion = {};
  conversion.resize_short = -1;
  EXPECT_EQ(error(conversion), "sizes to resize to cannot be negative");
}

TEST(MeanImageTest, EqualsTheOneThatCaffeComputed) {
  BlobProto expected;
  ASSERT_TRUE(expected.ParseFromString(ReadFile(kGolden + "mean.binaryproto")));
  const BlobProto mean = MeanImage(*OpenLmdb(kGolden + "lmdb_raw"), 2);
  EXPECT_EQ(mean.num(), 1);
  EXPECT_EQ(mean.channels(), 3);
  EXPECT_EQ(mean.height(), 10);
  EXPECT_EQ(mean.width(), 12);
  ASSERT_EQ(mean.data_size(), expected.data_size());
  for (int i = 0; i < mean.data_size(); ++i) {
    EXPECT_FLOAT_EQ(mean.data(i), expected.data(i));
  }
  const BlobProto decoded = MeanImage(*OpenLmdb(kGolden + "lmdb_png"), 2);
  EXPECT_EQ(decoded.SerializeAsString(), mean.SerializeAsString());
}

// 2^24 + 1 is no number in single precision.
TEST(MeanImageTest, SumsAreInDoublePrecision) {
  const TempFolder folder;
  std::vector<Datum> datums(100);
  for (Datum& datum : datums) {
    datum.set_channels(1);
    datum.set_height(1);
    datum.set_width(1);
    datum.add_float_data(&datum == &datums[0] ? 1 << 24 : 1);
  }
  WriteLmdb(folder / "db", datums);
  EXPECT_FLOAT_EQ(MeanImage(*OpenLmdb(folder / "db"), 2).data(0), 167773.15f);
}

TEST(MeanImageTest, ImagesOfOtherSizesAreNamed) {
  const TempFolder folder;
  WriteLmdb(folder / "db", {RawDatum(1, 2, 2, 0), RawDatum(1, 2, 3, 0)});
  const auto source = OpenLmdb(folder / "db");
  EXPECT_EQ(ErrorFrom([&] { MeanImage(*source, 2); }),
            source->Name(1) +
                " is 1x2x3, but the first image 1x2x2; a mean "
                "image needs images of one size");
}

TEST(InOrderTest, ResultsComeInOrder) {
  std::vector<int64_t> taken;
  InOrder<int64_t>(
      1000, 4, [](int64_t i) { return i * i; },
      [&](int64_t i, int64_t square) {
        EXPECT_EQ(square, i * i);
        taken.push_back(i);
      });
  ASSERT_EQ(taken.size(), 1000);
  EXPECT_TRUE(std::is_sorted(taken.begin(), taken.end()));
}

TEST(InOrderTest, AnErrorComesWhenItIsItsTurn) {
  int64_t taken = 0;
  const auto run = [&](int64_t bad_make, int64_t bad_take) {
    taken = 0;
    return ErrorFrom([&] {
      InOrder<int64_t>(
          100, 3,
          [&](int64_t i) {
            Require(i < bad_make, "made ", i);
            return i;
          },
          [&](int64_t i, int64_t) {
            Require(i != bad_take, "took ", i);
            ++taken;
          });
    });
  };
  EXPECT_EQ(run(50, 100), "made 50");
  EXPECT_EQ(taken, 50);
  EXPECT_EQ(run(100, 20), "took 20");
  EXPECT_EQ(taken, 20);
}

}  // namespace
}  // namespace doppio
