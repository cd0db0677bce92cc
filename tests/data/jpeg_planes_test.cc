#include "data/jpeg_planes.h"

#include <turbojpeg.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/data_test.h"
#include "data/image.h"
#include "data/image_conversion.h"

namespace doppio {
namespace {

// Waves of another length and direction in each colour, none of it too bright
// or too dark to be kept.
cv::Mat WavyImage(int height, int width) {
  cv::Mat image(height, width, CV_8UC3);
  for (int h = 0; h < height; ++h) {
    for (int w = 0; w < width; ++w) {
      const double x = 10.0 * w / width, y = 10.0 * h / height;
      image.at<cv::Vec3b>(h, w) =
          cv::Vec3b(static_cast<uchar>(120 + 50 * std::sin(x)),
                    static_cast<uchar>(130 + 40 * std::sin(y + 1)),
                    static_cast<uchar>(120 + 40 * std::cos(0.7 * x + 0.6 * y)));
    }
  }
  return image;
}

// A JPEG of the best quality with this layout of its planes; of gray or of inks
// if the image has one channel or four.
std::string EncodeAs(int subsampling, const cv::Mat& image) {
  constexpr int kFormats[] = {0, TJPF_GRAY, 0, TJPF_BGR, TJPF_CMYK};
  const tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  EXPECT_EQ(tjCompress2(handle, image.data, image.cols, 0, image.rows,
                        kFormats[image.channels()], &bytes, &size, subsampling,
                        100, TJFLAG_ACCURATEDCT),
            0)
      << tjGetErrorStr2(handle);
  const std::string jpeg(reinterpret_cast<char*>(bytes), size);
  tjFree(bytes);
  tjDestroy(handle);
  return jpeg;
}

cv::Mat DecodeColor(const std::string& bytes) {
  return Decode(bytes, Colors::kColor);
}

struct Layout {
  int subsampling;
  cv::Size step;
};
const Layout kLayouts[] = {{TJSAMP_444, {1, 1}},
                           {TJSAMP_422, {2, 1}},
                           {TJSAMP_420, {2, 2}},
                           {TJSAMP_440, {1, 2}},
                           {TJSAMP_411, {4, 1}}};

TEST(JpegPlanesTest, ArePixelsInOtherColours) {
  const cv::Mat pixels = WavyImage(61, 45);
  for (const Layout& layout : kLayouts) {
    const auto image = DecodePlanes(EncodeAs(layout.subsampling, pixels));
    ASSERT_TRUE(image);
    EXPECT_EQ(image->step, layout.step);
    EXPECT_EQ(image->planes[0].size(), pixels.size());
    for (int i = 1; i < 3; ++i) {
      EXPECT_EQ(image->planes[i].cols, std::ceil(45.0 / layout.step.width));
      EXPECT_EQ(image->planes[i].rows, std::ceil(61.0 / layout.step.height));
    }
    // JFIF's formulas.
    for (const cv::Point at : {cv::Point(0, 0), {20, 16}, {44, 60}}) {
      const cv::Vec3b pixel = pixels.at<cv::Vec3b>(at);
      const double b = pixel[0], g = pixel[1], r = pixel[2];
      const double y = 0.299 * r + 0.587 * g + 0.114 * b;
      const cv::Point color(at.x / layout.step.width,
                            at.y / layout.step.height);
      EXPECT_NEAR(image->planes[0].at<uchar>(at), y, 2);
      EXPECT_NEAR(image->planes[1].at<uchar>(color), 128 + 0.564 * (b - y), 8);
      EXPECT_NEAR(image->planes[2].at<uchar>(color), 128 + 0.713 * (r - y), 8);
    }
  }
}

// Its tables and sizes, that is: the quality and the layout.
TEST(JpegPlanesTest, AnEncodedHeadIsThatOfOpencvsEncoder) {
  const auto head = [](const std::string& jpeg) {
    const size_t scan = jpeg.find("\xFF\xDA");
    EXPECT_NE(scan, std::string::npos);
    return jpeg.substr(0, scan);
  };
  for (const cv::Size size : {cv::Size(48, 32), {33, 19}, {1, 1}}) {
    const cv::Mat pixels = WavyImage(size.height, size.width);
    const auto image = DecodePlanes(EncodeAs(TJSAMP_444, pixels));
    ASSERT_TRUE(image);
    EXPECT_EQ(head(EncodePlanes(image->planes)),
              head(EncodeImage(pixels, "jpg")));
  }
}

TEST(JpegPlanesTest, AnImageTooLargeForAJpegIsNotEncoded) {
  const cv::Mat plane(1, 70000, CV_8UC1, cv::Scalar(9));
  EXPECT_EQ(EncodePlanes({plane, plane, plane}), "");
}

TEST(JpegPlanesTest, OnlyWholeColourJpegsHaveThem) {
  const std::string jpeg = EncodeAs(TJSAMP_420, WavyImage(40, 40));
  EXPECT_TRUE(DecodePlanes(jpeg));
  const cv::Mat gray(8, 8, CV_8UC1, cv::Scalar(9));
  EXPECT_FALSE(DecodePlanes(EncodeAs(TJSAMP_GRAY, gray)));
  const cv::Mat inks(8, 8, CV_8UC4, cv::Scalar::all(9));
  EXPECT_FALSE(DecodePlanes(EncodeAs(TJSAMP_444, inks)));
  EXPECT_FALSE(DecodePlanes(EncodeImage(WavyImage(8, 8), "png")));
  for (size_t size = 0; size + 2 < jpeg.size(); ++size) {
    EXPECT_FALSE(DecodePlanes(jpeg.substr(0, size))) << size;
  }
}

// Decoders would remember them.
TEST(JpegPlanesTest, TablesOfTheImageBeforeAreNotTaken) {
  const std::string jpeg = EncodeAs(TJSAMP_444, WavyImage(8, 8));
  const size_t tables = jpeg.find("\xFF\xDB"), frame = jpeg.find("\xFF\xC0");
  ASSERT_LT(tables, frame);
  ASSERT_NE(frame, std::string::npos);
  EXPECT_TRUE(DecodePlanes(jpeg));
  EXPECT_FALSE(DecodePlanes(jpeg.substr(0, tables) + jpeg.substr(frame)));
  EXPECT_FALSE(DecodePlanes(jpeg.substr(0, frame) + "\xFF\xD9"));
  EXPECT_TRUE(DecodePlanes(jpeg));
}

class ResizeJpegTest : public testing::Test {
 protected:
  ResizeJpegTest() { conversion_.encoded = true; }

  std::string Convert(const std::string& jpeg) const {
    return ConvertImage(jpeg, "a.jpg", conversion_).data();
  }

  // How near the converted JPEG's pixels are to those of another conversion
  // that resizes pixels, in decibel.
  double Nearness(const std::string& jpeg) const {
    ImageConversion raw = conversion_;
    raw.encoded = false;
    const Datum datum = ConvertImage(jpeg, "a.jpg", raw);
    cv::Mat expected;
    cv::merge(ImageOf(datum, Colors::kColor).planes, expected);
    const cv::Mat pixels = DecodeColor(Convert(jpeg));
    EXPECT_EQ(pixels.size(), expected.size());
    return cv::PSNR(pixels, expected);
  }

  ImageConversion conversion_;
};

TEST_F(ResizeJpegTest, PixelsAreNearThoseResizedAsPixels) {
  for (const Layout& layout : kLayouts) {
    for (const cv::Size size : {cv::Size(180, 120), {201, 133}}) {
      const std::string jpeg =
          EncodeAs(layout.subsampling, WavyImage(size.height, size.width));
      for (const cv::Size to : {cv::Size(96, 96), {61, 77}, {210, 45}}) {
        conversion_.resize_short = 0;
        conversion_.resize_width = to.width;
        conversion_.resize_height = to.height;
        EXPECT_GT(Nearness(jpeg), 40) << layout.step << size << to;
      }
      conversion_.resize_width = conversion_.resize_height = 0;
      for (const int side : {31, 64, 133, 150}) {
        conversion_.resize_short = side;
        EXPECT_GT(Nearness(jpeg), 40) << layout.step << size << side;
      }
    }
  }
}

TEST_F(ResizeJpegTest, PlanesAreResizedOneByOne) {
  const std::string jpeg = EncodeAs(TJSAMP_420, WavyImage(80, 60));
  auto image = DecodePlanes(jpeg);
  ASSERT_TRUE(image);
  for (cv::Mat& plane : image->planes) {
    cv::Mat resized;
    cv::resize(plane, resized, {50, 40});
    plane = resized;
  }
  conversion_.resize_width = 50;
  conversion_.resize_height = 40;
  EXPECT_EQ(Convert(jpeg), EncodePlanes(image->planes));
}

// What pixels make of it, which OpenCV decodes as well as it can.
TEST_F(ResizeJpegTest, ADamagedJpegIsResizedAsPixels) {
  std::string jpeg = EncodeAs(TJSAMP_420, WavyImage(64, 64));
  jpeg.replace(jpeg.size() - 200, 2, "\xFF\xD3");
  ASSERT_FALSE(DecodePlanes(jpeg));
  conversion_.resize_width = conversion_.resize_height = 32;
  cv::Mat resized;
  cv::resize(DecodeColor(jpeg), resized, {32, 32});
  EXPECT_EQ(Convert(jpeg), EncodeImage(resized, "jpg"));
}

TEST_F(ResizeJpegTest, ATurnedJpegStandsUpright) {
  // EXIF that says: a quarter to the right.
  const std::string exif(
      "\xFF\xE1\0\x22"
      "Exif\0\0MM\0*\0\0\0\x8\0\1"
      "\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0",
      36);
  const std::string jpeg = EncodeAs(TJSAMP_420, WavyImage(40, 80));
  conversion_.resize_width = 30;
  conversion_.resize_height = 60;
  EXPECT_GT(Nearness(jpeg.substr(0, 2) + exif + jpeg.substr(2)), 40);
}

TEST_F(ResizeJpegTest, OtherWishesAreHeeded) {
  const std::string jpeg = EncodeAs(TJSAMP_420, WavyImage(40, 80));
  conversion_.resize_short = 16;
  conversion_.encode_type = "png";
  EXPECT_EQ(Convert(jpeg).substr(1, 3), "PNG");
  conversion_.encode_type = "jpg";
  conversion_.gray = true;
  EXPECT_EQ(Decode(Convert(jpeg), Colors::kAsStored).channels(), 1);
}

}  // namespace
}  // namespace doppio
