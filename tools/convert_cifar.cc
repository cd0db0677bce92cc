// Makes databases of CIFAR-10.
//
// Its binary files are records of 3,073 bytes: the label, then 32 x 32 values
// for each of red, green and blue. As in Caffe's data sets the channels keep
// that order.

#include <cstdio>

#include "data.pb.h"
#include "data/lmdb_writer.h"
#include "io/file.h"
#include "tool.h"

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Makes two databases of CIFAR-10, in its binary version.\n\n"
    "  convert_cifar FOLDER TRAIN_DB TEST_DB\n\n"
    "FOLDER holds data_batch_1.bin to data_batch_5.bin, which become "
    "TRAIN_DB,\n"
    "and test_batch.bin, which becomes TEST_DB, both LMDBs. The channels are\n"
    "red, green, blue, as in the files and in Caffe.";

constexpr int kSide = 32;
constexpr int kChannels = 3;
constexpr size_t kPixels = kChannels * kSide * kSide;
constexpr size_t kRecord = 1 + kPixels;

// Adds the images of a file to the `before` that the database has already;
// returns how many it has then.
int64_t Convert(const std::string& file, int64_t before, LmdbWriter* writer) {
  const std::string bytes = ReadFile(file);
  Require(!bytes.empty() && bytes.size() % kRecord == 0, file, " has ",
          bytes.size(), " bytes, which is no multiple of the ", kRecord,
          " of an image and its label");
  const int64_t images = bytes.size() / kRecord;
  Datum datum;
  datum.set_channels(kChannels);
  datum.set_height(kSide);
  datum.set_width(kSide);
  for (int64_t i = 0; i < images; ++i) {
    const char* record = &bytes[i * kRecord];
    const int label = static_cast<unsigned char>(record[0]);
    Require(label < 10, "image ", i, " of ", file, " has label ", label,
            "; CIFAR-10 has 0 to 9");
    datum.set_label(label);
    datum.set_data(record + 1, kPixels);
    char key[24];
    std::snprintf(key, sizeof key, "%05ld", static_cast<long>(before + i));
    writer->Put(key, datum.SerializeAsString());
  }
  return before + images;
}

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 3,
          "convert_cifar takes FOLDER TRAIN_DB TEST_DB, but got ",
          arguments.size(), " arguments; --help tells more");
  const std::string& folder = arguments[0];
  LmdbWriter train(arguments[1]);
  LmdbWriter test(arguments[2]);
  int64_t train_images = 0;
  for (int i = 1; i <= 5; ++i) {
    train_images = Convert(folder + "/data_batch_" + std::to_string(i) + ".bin",
                           train_images, &train);
  }
  const int64_t test_images = Convert(folder + "/test_batch.bin", 0, &test);
  train.Finish();
  test.Finish();
  LOG(INFO) << train_images << " images are in " << arguments[1] << ", "
            << test_images << " in " << arguments[2];
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
