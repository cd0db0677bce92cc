#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

#include "data/data_test.h"
#include "data/image.h"
#include "io/file.h"

namespace doppio {
namespace {

struct Outcome {
  int exit_code;
  std::string output;  // stdout and stderr
};

// Runs a program of this build, after commands of the shell.
Outcome RunTool(const std::string& command, const std::string& before = "") {
  const std::string line =
      before + std::string(DOPPIO_BINARY_DIR) + "/tools/" + command + " 2>&1";
  FILE* pipe = popen(line.c_str(), "r");
  Outcome outcome;
  char part[4096];
  size_t got;
  while ((got = fread(part, 1, sizeof part, pipe)) > 0) {
    outcome.output.append(part, got);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

void ExpectFails(const std::string& command, const std::string& sentence) {
  const Outcome outcome = RunTool(command);
  EXPECT_EQ(outcome.exit_code, 1) << command;
  ExpectContains(outcome.output, sentence);
}

Datum Record(const std::string& database, int64_t index) {
  Datum datum;
  OpenLmdb(database)->Read(index, &datum);
  return datum;
}

class ConvertImagesetTest : public testing::Test {
 protected:
  ConvertImagesetTest() {
    std::filesystem::create_directories(folder_ / "root/cat");
    std::filesystem::create_directories(folder_ / "root/dog");
    for (int i = 0; i < 4; ++i) {
      WriteText(folder_ / Name(i), EncodeImage(SmoothImage(30, 40, i)));
    }
    WriteText(folder_ / "list.txt",
              "cat/0.png 5\ndog/1.png 6\ncat/2.png 7\ndog/3.png 8\n");
  }
  static std::string Name(int i) {
    return std::string("root/") + (i % 2 ? "dog/" : "cat/") +
           std::to_string(i) + ".png";
  }
  std::string Arguments() const {
    return (folder_ / "root/") + " " + (folder_ / "list.txt") + " " +
           (folder_ / "db");
  }

  const TempFolder folder_;
};

TEST_F(ConvertImagesetTest, StoresThePixelsOfAList) {
  const Outcome outcome =
      RunTool("convert_imageset --threads=3 " + Arguments());
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  ExpectContains(outcome.output, "4 images are in");
  const auto source = OpenLmdb(folder_ / "db");
  ASSERT_EQ(source->size(), 4);
  for (int i = 0; i < 4; ++i) {
    ExpectContains(source->Name(i),
                   "0000000" + std::to_string(i) + "_" + Name(i).substr(5));
    Datum datum;
    source->Read(i, &datum);
    EXPECT_EQ(datum.label(), 5 + i);
    const cv::Mat image = SmoothImage(30, 40, i);
    ASSERT_EQ(datum.data().size(), image.total() * 3);
    for (int c = 0; c < 3; ++c) {
      for (int h = 0; h < 30; ++h) {
        for (int w = 0; w < 40; ++w) {
          ASSERT_EQ(static_cast<uchar>(datum.data()[(c * 30 + h) * 40 + w]),
                    image.at<cv::Vec3b>(h, w)[c]);
        }
      }
    }
  }
}

TEST_F(ConvertImagesetTest, FoldersAreClasses) {
  const Outcome outcome = RunTool("convert_imageset --resize_short=8 " +
                                  (folder_ / "root") + " " + (folder_ / "db"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  ExpectContains(outcome.output,
                 "4 images in 2 classes, from 0 = cat to 1 = "
                 "dog");
  ExpectContains(outcome.output, "sorted by class");
  EXPECT_EQ(Record(folder_ / "db", 1).label(), 0);
  EXPECT_EQ(Record(folder_ / "db", 2).label(), 1);
  EXPECT_EQ(Record(folder_ / "db", 2).height(), 8);
}

TEST_F(ConvertImagesetTest, ShufflingKeepsPathsAndLabelsTogether) {
  ASSERT_EQ(RunTool("convert_imageset --shuffle " + Arguments()).exit_code, 0);
  const auto source = OpenLmdb(folder_ / "db");
  ASSERT_EQ(source->size(), 4);
  bool moved = false;
  for (int i = 0; i < 4; ++i) {
    const int label = Record(folder_ / "db", i).label();
    ExpectContains(source->Name(i), "_" + Name(label - 5).substr(5) + "\"");
    moved |= label != 5 + i;
  }
  EXPECT_TRUE(moved);
}

TEST_F(ConvertImagesetTest, EncodedGrayImagesDecodeToOneChannel) {
  ASSERT_EQ(RunTool("convert_imageset --gray --encode_type=jpg " + Arguments())
                .exit_code,
            0);
  const Datum datum = Record(folder_ / "db", 0);
  EXPECT_TRUE(datum.encoded());
  EXPECT_EQ(datum.data().substr(0, 2), "\xFF\xD8");
  EXPECT_EQ(Decode(datum.data(), Colors::kAsStored).channels(), 1);
}

TEST_F(ConvertImagesetTest, BadImagesStopItUnlessTheyAreSkipped) {
  WriteText(folder_ / Name(1), "no image");
  WriteText(folder_ / Name(2), "");
  const Outcome outcome = RunTool("convert_imageset " + Arguments());
  EXPECT_EQ(outcome.exit_code, 1);
  ExpectContains(outcome.output, "dog/1.png: its 8 bytes are not an image");
  ExpectContains(outcome.output, "cat/2.png: the image file is empty");
  ExpectContains(outcome.output,
                 "2 of 4 images are bad, as listed above, and nothing was "
                 "written; --skip_bad leaves them out");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "db"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "db.partial"));

  const Outcome skipped = RunTool("convert_imageset --skip_bad " + Arguments());
  EXPECT_EQ(skipped.exit_code, 0);
  ExpectContains(skipped.output, "cat/2.png: the image file is empty");
  ExpectContains(skipped.output, "2 of 4 images were left out");
  EXPECT_EQ(OpenLmdb(folder_ / "db")->size(), 2);
}

TEST_F(ConvertImagesetTest, AUsersMistakesAreOneSentence) {
  const std::string arguments = Arguments();
  ExpectFails("convert_imageset", "takes ROOT/ LISTFILE DB, or ROOT/ DB");
  ExpectFails(
      "convert_imageset " + (folder_ / "root") + " " + (folder_ / "list.txt"),
      "list.txt is a file; if it lists the images");
  ExpectFails("convert_imageset --backend=leveldb " + arguments,
              "--backend=leveldb cannot be written");
  ExpectFails("convert_imageset --threads=-1 " + arguments, "--threads is -1");
  ExpectFails("convert_imageset --resize_width=5 " + arguments,
              "give both or neither");
  WriteText(folder_ / "list.txt", "cat/0.png 5\ndog/1.png\n");
  ExpectFails("convert_imageset " + arguments,
              "list.txt:2: there is no label behind the path");
  WriteText(folder_ / "list.txt", "none.png 5\n");
  ExpectFails("convert_imageset --skip_bad " + arguments,
              "none of the 1 images is good");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "db.partial"));
  std::filesystem::create_directory(folder_ / "db");
  ExpectFails("convert_imageset " + arguments, "exists already; remove it");
}

// The shell's limit on the size of files stands for a full disk.
TEST_F(ConvertImagesetTest, WhenTheDiskIsFullNothingIsLeft) {
  const Outcome outcome = RunTool("convert_imageset " + Arguments(),
                                  "trap '' XFSZ; ulimit -f 16; ");
  EXPECT_EQ(outcome.exit_code, 1);
  ExpectContains(outcome.output, "cannot write the LMDB");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "db"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "db.partial"));
}

TEST_F(ConvertImagesetTest, ItsHelpTellsOfItsFlags) {
  const Outcome outcome = RunTool("convert_imageset --help");
  EXPECT_EQ(outcome.exit_code, 0);
  ExpectContains(outcome.output, "--resize_short=PIXELS");
}

// An IDX file of bytes.
std::string Idx(const std::vector<int>& shape, const std::string& values) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (const int extent : shape) {
    bytes += {0, 0, static_cast<char>(extent / 256),
              static_cast<char>(extent % 256)};
  }
  return bytes + values;
}

TEST(ConvertIdxTest, ImagesAndLabelsComeTogether) {
  const TempFolder folder;
  WriteText(folder / "images", Idx({2, 1, 3}, "abcdef"));
  WriteText(folder / "labels", Idx({2}, "\x07\x09"));
  ASSERT_EQ(std::system(("gzip " + (folder / "labels")).c_str()), 0);
  const Outcome outcome =
      RunTool("convert_idx " + (folder / "images") + " " +
              (folder / "labels.gz") + " " + (folder / "db"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  ASSERT_EQ(OpenLmdb(folder / "db")->size(), 2);
  const Datum datum = Record(folder / "db", 1);
  EXPECT_EQ(datum.channels(), 1);
  EXPECT_EQ(datum.height(), 1);
  EXPECT_EQ(datum.width(), 3);
  EXPECT_EQ(datum.label(), 9);
  EXPECT_EQ(datum.data(), "def");
  ExpectContains(OpenLmdb(folder / "db")->Name(1), "\"00000001\"");

  const std::string gz = ReadFile(folder / "labels.gz");
  WriteText(folder / "cut.gz", gz.substr(0, gz.size() - 9));
  ExpectFails("convert_idx " + (folder / "images") + " " + (folder / "cut.gz") +
                  " " + (folder / "db2"),
              "cut.gz is cut short");
}

TEST(ConvertIdxTest, FilesThatDoNotFitAreAnError) {
  const TempFolder folder;
  const auto expect = [&](const std::string& images, const std::string& labels,
                          const std::string& sentence) {
    WriteText(folder / "images", images);
    WriteText(folder / "labels", labels);
    ExpectFails("convert_idx " + (folder / "images") + " " +
                    (folder / "labels") + " " + (folder / "db"),
                sentence);
    EXPECT_FALSE(std::filesystem::exists(folder / "db"));
  };
  const std::string images = Idx({2, 1, 3}, "abcdef");
  expect(images, Idx({3}, "abc"), "has 2 images, but");
  expect(images, images, "labels is not an IDX file of bytes with 1 axis");
  expect(Idx({2}, "ab"), Idx({2}, "ab"), "images is not an IDX file");
  expect("", "", "images is not an IDX file");
  expect(Idx({2, 1, 3}, "abcde"), Idx({2}, "ab"),
         "images holds 5 values, but its header counts 6");
  expect(Idx({0, 1, 3}, ""), Idx({0}, ""), "images has no images");
  ExpectFails("convert_idx a b", "takes IMAGES LABELS DB");
  ExpectFails("convert_idx none none db", "none: No such file or directory");
}

TEST(ConvertCifarTest, FiveFilesTrainAndOneTests) {
  const TempFolder folder;
  const auto record = [](char label, char value) {
    return std::string(1, label) + std::string(1024, value) +
           std::string(2048, 'x');
  };
  for (int i = 1; i <= 5; ++i) {
    WriteText(folder / ("data_batch_" + std::to_string(i) + ".bin"),
              record(i, 'a') + record(9, 'a' + i));
  }
  WriteText(folder / "test_batch.bin", record(0, 'z'));
  const auto run = [&](const std::string& name) {
    return "convert_cifar " + folder.path() + " " +
           (folder / (name + "_train")) + " " + (folder / (name + "_test"));
  };
  const Outcome outcome = RunTool(run("a"));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto train = OpenLmdb(folder / "a_train");
  ASSERT_EQ(train->size(), 10);
  ExpectContains(train->Name(7), "\"00007\"");
  EXPECT_EQ(Record(folder / "a_train", 6).label(), 4);
  const Datum datum = Record(folder / "a_train", 7);
  EXPECT_EQ(datum.label(), 9);
  EXPECT_EQ(datum.channels(), 3);
  EXPECT_EQ(datum.data(), record(9, 'e').substr(1));
  EXPECT_EQ(OpenLmdb(folder / "a_test")->size(), 1);

  WriteText(folder / "test_batch.bin", record(10, 'z'));
  ExpectFails(run("b"), "test_batch.bin has label 10; CIFAR-10 has 0 to 9");
  WriteText(folder / "test_batch.bin", "short");
  ExpectFails(run("b"), "test_batch.bin has 5 bytes, which is no multiple");
  EXPECT_FALSE(std::filesystem::exists(folder / "b_train"));
  ExpectFails("convert_cifar x", "takes FOLDER TRAIN_DB TEST_DB");
}

TEST(ComputeImageMeanTest, PrintsChannelsAndWritesTheImage) {
  const TempFolder folder;
  WriteLmdb(folder / "db",
            {RawDatum(2, 1, 2, 0, 10), RawDatum(2, 1, 2, 0, 20)});
  const Outcome outcome = RunTool("compute_image_mean " + (folder / "db") +
                                  " " + (folder / "mean.binaryproto"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output, "mean_value: 15.5\nmean_value: 17.5\n");
  BlobProto mean;
  ASSERT_TRUE(mean.ParseFromString(ReadFile(folder / "mean.binaryproto")));
  EXPECT_EQ(mean.num(), 1);
  EXPECT_EQ(mean.channels(), 2);
  EXPECT_EQ(std::vector<float>(mean.data().begin(), mean.data().end()),
            std::vector<float>({15, 16, 17, 18}));
  ExpectFails("compute_image_mean", "takes DB [OUTPUT.binaryproto]");
  ExpectFails("compute_image_mean " + (folder / "none"), "cannot open");
  ExpectFails("compute_image_mean --backend=rocksdb " + (folder / "db"),
              "read databases of backend ROCKSDB, only");
}

TEST(ComputeImageMeanTest, WritesTheComponentsOfTheColors) {
  const TempFolder folder;
  WriteLmdb(folder / "db",
            {RawDatum(3, 1, 2, 0, 10), RawDatum(3, 2, 2, 0, 20)});
  const Outcome outcome =
      RunTool("compute_image_mean --pca=" + (folder / "colors.prototxt") + " " +
              (folder / "db"));
  EXPECT_EQ(outcome.exit_code, 0);
  // 10 11, 20 21 22 23; then two and four more.
  EXPECT_EQ(outcome.output,
            "mean_value: 17.8333\nmean_value: 21.1667\nmean_value: 24.5\n");
  const std::string text = ReadFile(folder / "colors.prototxt");
  ExpectContains(text, "images: 2\nmean: 17.8333");
  ExpectContains(text, "component {\n  variance: 0.00");
  // A mean image needs images of one size.
  ExpectFails("compute_image_mean --pca=" + (folder / "colors.prototxt") + " " +
                  (folder / "db") + " " + (folder / "mean.binaryproto"),
              "a mean image needs images of one size");
}

}  // namespace
}  // namespace doppio
