// Makes a database of image files.

#include <filesystem>
#include <iostream>
#include <thread>

#include "core/random.h"
#include "data/image_converter.h"
#include "data/image_list.h"
#include "data/lmdb_writer.h"
#include "data/sample_order.h"
#include "tool.h"

DEFINE_bool(gray, false, "make all images gray, rather than colour");
DEFINE_bool(shuffle, false, "put the images in random order");
DEFINE_string(backend, "lmdb", "kind of database; this build writes lmdb");
DEFINE_int32(resize_width, 0, "PIXELS: stretch to this width; 0 leaves it");
DEFINE_int32(resize_height, 0, "PIXELS: stretch to this height; 0 leaves it");
DEFINE_int32(resize_short, 0,
             "PIXELS: bring the short side to this length, keeping the aspect, "
             "and cut out the central square; 256 is usual for ImageNet");
DEFINE_bool(check_size, false, "take only images of the first one's size");
DEFINE_bool(encoded, false,
            "store image files (smaller, slower to read) rather than pixels");
DEFINE_string(encode_type, "",
              "TYPE: with --encoded, the type of those files, jpg or png; if "
              "not given, that of each original");
DEFINE_bool(skip_bad, false,
            "leave out images that cannot be read, rather than write nothing");
DEFINE_int32(threads, 0, "N: threads that convert; 0 is one per core");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Makes a database of image files.\n\n"
    "  convert_imageset [flags] ROOT/ LISTFILE DB\n"
    "  convert_imageset [flags] ROOT/ DB\n\n"
    "LISTFILE has lines \"path label\"; ROOT/ is put before each path as it\n"
    "stands. Without LISTFILE, each folder in ROOT/ is a class, and labels\n"
    "count the folders' names in their order, from 0.";

ImageList ListFolders(std::string* root) {
  if (root->empty() || root->back() != '/') *root += '/';
  ClassFolders folders = ListClassFolders(*root);
  const std::vector<std::string>& classes = folders.classes;
  LOG(INFO) << folders.images.size() << " images in " << classes.size()
            << " classes, from 0 = " << classes.front() << " to "
            << classes.size() - 1 << " = " << classes.back();
  if (folders.other_files > 0) {
    LOG(INFO) << folders.other_files
              << " files are left out: their names are not those of images";
  }
  if (!FLAGS_shuffle) {
    LOG(INFO) << "the records are sorted by class; train with data_param { "
                 "shuffle: true }, or convert with --shuffle";
  }
  return std::move(folders.images);
}

ImageList Shuffled(const ImageList& images) {
  ImageList shuffled;
  shuffled.reserve(images.size());
  for (const uint32_t i :
       Permutation(images.size(), RandomStream(1, Draw::kShuffle, 0))) {
    shuffled.push_back(images[i]);
  }
  return shuffled;
}

ImageConversion ConversionFromFlags() {
  ImageConversion conversion;
  conversion.gray = FLAGS_gray;
  conversion.resize_height = FLAGS_resize_height;
  conversion.resize_width = FLAGS_resize_width;
  conversion.resize_short = FLAGS_resize_short;
  conversion.encoded = FLAGS_encoded || !FLAGS_encode_type.empty();
  conversion.encode_type = FLAGS_encode_type;
  conversion.Check();
  return conversion;
}

void Report(const ConversionReport& report) {
  for (const std::string& problem : report.bad) std::cerr << problem << "\n";
  if (report.bad.empty()) return;
  const size_t total = report.bad.size() + report.written;
  Require(FLAGS_skip_bad, report.bad.size(), " of ", total,
          " images are bad, as listed above, and nothing was written; "
          "--skip_bad leaves them out");
  Require(report.written > 0, "none of the ", total, " images is good");
  LOG(INFO) << report.bad.size() << " of " << total
            << " images were left out, as listed above";
}

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 2 || arguments.size() == 3,
          "convert_imageset takes ROOT/ LISTFILE DB, or ROOT/ DB, but got ",
          arguments.size(), " arguments; --help tells more");
  Require(arguments.size() == 3 ||
              !std::filesystem::is_regular_file(arguments.back()),
          arguments.back(),
          " is a file; if it lists the images, name the database to write "
          "behind it");
  Require(FLAGS_backend == "lmdb", "--backend=", FLAGS_backend,
          " cannot be written by this build; lmdb can");
  Require(FLAGS_threads >= 0, "--threads is ", FLAGS_threads,
          "; 0 stands for one per core");
  const ImageConversion conversion = ConversionFromFlags();
  LmdbWriter writer(arguments.back());
  std::string root = arguments[0];
  ImageList images = arguments.size() == 3
                         ? ReadImageList(arguments[1], Labels::kStrict)
                         : ListFolders(&root);
  if (FLAGS_shuffle) images = Shuffled(images);
  const int cores = std::thread::hardware_concurrency();
  const ConversionReport report = ConvertImages(
      root, images, conversion, FLAGS_check_size,
      FLAGS_threads > 0 ? FLAGS_threads : std::max(1, cores), &writer);
  Report(report);
  writer.Finish();
  LOG(INFO) << report.written << " images are in " << arguments.back();
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
