#include "data/image_list.h"

#include <google/protobuf/text_format.h>

#include "data/data_shape.h"
#include "data/data_test.h"

namespace doppio {
namespace {

class ImageListTest : public testing::Test {
 protected:
  ImageList Read(const std::string& text, Labels labels) const {
    WriteText(folder_ / "list.txt", text);
    return ReadImageList(folder_ / "list.txt", labels);
  }
  std::string ErrorOf(const std::string& text) const {
    return ErrorFrom([&] { Read(text, Labels::kStrict); });
  }

  const TempFolder folder_;
};

TEST_F(ImageListTest, TheLabelIsWhatFollowsTheLastSpace) {
  for (const Labels labels : {Labels::kStrict, Labels::kAsCaffe}) {
    const ImageList list = Read("a.jpg 3\nmy dog.jpg 12\r\n\nc.jpg 0", labels);
    ASSERT_EQ(list.size(), 3);
    EXPECT_EQ(list[0].path, "a.jpg");
    EXPECT_EQ(list[0].label, 3);
    EXPECT_EQ(list[1].path, "my dog.jpg");
    EXPECT_EQ(list[1].label, 12);
    EXPECT_EQ(list[2].label, 0);
  }
}

TEST_F(ImageListTest, LayersTakeTheLabelsThatCaffeTakes) {
  const ImageList list = Read("a.jpg -1\nb.jpg 2.7\nc.jpg\n", Labels::kAsCaffe);
  EXPECT_EQ(list[0].label, -1);
  EXPECT_EQ(list[1].label, 2);
  EXPECT_EQ(list[2].path, "c.jpg");
  EXPECT_EQ(list[2].label, 0);
}

TEST_F(ImageListTest, ALineWithoutAProperLabelIsAnErrorWithItsNumber) {
  const std::string file = folder_ / "list.txt";
  EXPECT_EQ(ErrorOf("a.jpg 3\nb.jpg\n"),
            file +
                ":2: there is no label behind the path; a line is \"path "
                "label\"");
  EXPECT_EQ(ErrorOf("\na.jpg -1\n"),
            file + ":2: the label \"-1\" is not a whole number from 0 on");
  ExpectContains(ErrorOf("a.jpg 2.5\n"), "the label \"2.5\" is not");
  ExpectContains(ErrorOf("a.jpg cat\n"), "the label \"cat\" is not");
  ExpectContains(ErrorOf("a.jpg 99999999999\n"), "the label \"999");
  EXPECT_EQ(ErrorOf("\n\n"), "\"" + file + "\" lists no images");
}

TEST_F(ImageListTest, ItsSourceGivesTheFilesBelowTheRoot) {
  WriteText(folder_ / "img_a", "the bytes");
  WriteText(folder_ / "list.txt", "a 7\nb 8\n");
  const auto source = OpenImageList(folder_ / "list.txt", folder_ / "img_");
  EXPECT_EQ(source->size(), 2);
  Datum datum;
  source->Read(0, &datum);
  EXPECT_EQ(datum.data(), "the bytes");
  EXPECT_EQ(datum.label(), 7);
  EXPECT_TRUE(datum.encoded());
  ExpectContains(ErrorFrom([&] { source->Read(1, &datum); }),
                 (folder_ / "img_b") + ": No such file or directory");
}

TEST_F(ImageListTest, EachFolderIsAClass) {
  namespace fs = std::filesystem;
  fs::create_directories(folder_ / "dog/brown");
  fs::create_directories(folder_ / "cat");
  fs::create_directories(folder_ / ".git");
  for (const char* file :
       {"dog/2.JPG", "dog/1.png", "dog/brown/3.jpeg", "dog/notes.txt",
        "cat/.hidden.jpg", "cat/1.bmp", ".git/1.jpg", "0.jpg"}) {
    WriteText(folder_ / file, "");
  }
  const ClassFolders folders = ListClassFolders(folder_ / "");
  EXPECT_EQ(folders.classes, std::vector<std::string>({"cat", "dog"}));
  EXPECT_EQ(folders.other_files, 1);
  std::vector<std::string> paths;
  for (const LabelledImage& image : folders.images) {
    paths.push_back(image.path + " " + std::to_string(image.label));
  }
  EXPECT_EQ(paths,
            std::vector<std::string>({"cat/1.bmp 0", "dog/1.png 1",
                                      "dog/2.JPG 1", "dog/brown/3.jpeg 1"}));
}

TEST_F(ImageListTest, FoldersWithoutImagesAreAnError) {
  const auto error = [&](const std::string& root) {
    return ErrorFrom([&] { ListClassFolders(root); });
  };
  ExpectContains(error(folder_ / "none"), "No such file or directory");
  ExpectContains(error(folder_.path()), "has no folders");
  std::filesystem::create_directory(folder_ / "cat");
  ExpectContains(error(folder_.path()), "there are no images in the folders");
}

std::string ShapeOf(const std::string& text) {
  LayerParameter param;
  CHECK(google::protobuf::TextFormat::ParseFromString(text, &param)) << text;
  const std::optional<Shape> shape = ShapeFromParams(param);
  return shape ? ToString(*shape) : "unknown";
}

TEST(ShapeFromParamsTest, CropSizeSaysTheShapeOfData) {
  const std::string data = R"(type: "Data" data_param { batch_size: 64 } )";
  EXPECT_EQ(ShapeOf(data + "transform_param { crop_size: 227 }"),
            "64x3x227x227");
  EXPECT_EQ(ShapeOf(data + "transform_param { crop_size: 9 force_gray: true }"),
            "64x1x9x9");
  EXPECT_EQ(ShapeOf(data), "unknown");
}

TEST(ShapeFromParamsTest, SoDoesAResizeToAFixedSize) {
  const std::string data =
      R"(type: "Data" data_param { batch_size: 2 }
         transform_param { resize_param { height: 8 width: 9 )";
  EXPECT_EQ(ShapeOf(data + "} }"), "2x3x8x9");
  EXPECT_EQ(ShapeOf(data + "resize_mode: FIT_LARGE_SIZE_AND_PAD } }"),
            "2x3x8x9");
  EXPECT_EQ(ShapeOf(data + "resize_mode: FIT_SMALL_SIZE } }"), "unknown");
  EXPECT_EQ(ShapeOf(data + "prob: 0.5 } }"), "unknown");
  EXPECT_EQ(ShapeOf(data + "} crop_size: 7 }"), "2x3x7x7");
}

TEST(ShapeFromParamsTest, ImageDataHasASizeOfItsOwn) {
  const std::string data = R"(type: "ImageData" image_data_param { )";
  EXPECT_EQ(ShapeOf(data + "new_height: 5 new_width: 6 batch_size: 2 }"),
            "2x3x5x6");
  EXPECT_EQ(
      ShapeOf(data + "is_color: false } transform_param { crop_size: 4 }"),
      "1x1x4x4");
  EXPECT_EQ(ShapeOf(data + "batch_size: 2 }"), "unknown");
  EXPECT_EQ(ShapeOf(R"(type: "ReLU" transform_param { crop_size: 4 })"),
            "unknown");
}

}  // namespace
}  // namespace doppio
