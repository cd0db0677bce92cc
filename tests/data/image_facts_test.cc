#include "data/image_facts.h"

#include "data/data_test.h"

namespace doppio {
namespace {

std::string Png(int type) {
  return EncodeImage(cv::Mat(3, 5, type, cv::Scalar::all(9)));
}

TEST(ImageFactsTest, APngTellsItsBitsAndTransparency) {
  EXPECT_EQ(FactsOf(Png(CV_8UC3)).type, "png");
  EXPECT_EQ(FactsOf(Png(CV_8UC3)).bits, 8);
  EXPECT_FALSE(FactsOf(Png(CV_8UC3)).alpha);
  EXPECT_EQ(FactsOf(Png(CV_16UC1)).bits, 16);
  EXPECT_TRUE(FactsOf(Png(CV_8UC4)).alpha);
}

TEST(ImageFactsTest, APngWithoutItsEndIsCutShort) {
  const std::string png = Png(CV_8UC3);
  EXPECT_FALSE(FactsOf(png).cut_short);
  for (size_t size = 8; size < png.size(); ++size) {
    EXPECT_TRUE(FactsOf(png.substr(0, size)).cut_short) << size;
  }
}

// A JPEG with a segment of EXIF in the given byte order.
std::string Turned(const std::string& order, const std::string& entry) {
  const bool big = order == "MM";
  const std::string head = big ? std::string("MM\0*\0\0\0\x8\0\1", 10)
                               : std::string("II*\0\x8\0\0\0\1\0", 10);
  const std::string exif = std::string("Exif\0\0", 6) + head + entry;
  const std::string jpeg = EncodeImage(SmoothImage(8, 8), "jpg");
  return jpeg.substr(0, 2) + "\xFF\xE1" + std::string(1, '\0') +
         static_cast<char>(exif.size() + 2) + exif + jpeg.substr(2);
}

TEST(ImageFactsTest, AJpegTellsWhichWayIsUp) {
  EXPECT_EQ(FactsOf(EncodeImage(SmoothImage(8, 8), "jpg")).orientation, 1);
  const std::string big("\1\x12\0\3\0\0\0\1\0\6\0\0", 12);
  const std::string little("\x12\1\3\0\1\0\0\0\3\0\0\0", 12);
  EXPECT_EQ(FactsOf(Turned("MM", big)).orientation, 6);
  EXPECT_EQ(FactsOf(Turned("II", little)).orientation, 3);
  EXPECT_FALSE(FactsOf(Turned("II", little)).cut_short);
}

TEST(ImageFactsTest, AnyBytesCanBeAskedOf) {
  const std::string jpeg =
      Turned("MM", std::string("\1\x12\0\3\0\0\0\1\0\6\0\0", 12));
  for (size_t size = 0; size < jpeg.size(); ++size) {
    FactsOf(jpeg.substr(0, size));
  }
  EXPECT_EQ(FactsOf("").type, "");
  EXPECT_EQ(FactsOf("GIF89a").type, "");
}

}  // namespace
}  // namespace doppio
