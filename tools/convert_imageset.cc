// Makes a database of image files.

#include <malloc.h>

#include <filesystem>
#include <iostream>
#include <thread>

#include "core/random.h"
#include "data/image_converter.h"
#include "data/image_list.h"
#include "data/label_names.h"
#include "data/lmdb_writer.h"
#include "data/sample_order.h"
#include "io/file.h"
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
DEFINE_int32(labels, 0,
             "N: lines of LISTFILE end with so many labels, which may be any "
             "numbers; 0 is one class");
DEFINE_string(label_names, "",
              "FILE: the names of the classes, one a line, to keep in the "
              "database; only with LISTFILE, since folders' names are the "
              "classes");
DEFINE_string(against, "",
              "DB: list images that this database has, too, if it was made by "
              "the same conversion");
DEFINE_string(report, "",
              "FILE: write all that was found there; the screen shows ten of "
              "each kind");
DEFINE_bool(verify, false, "read the database back, record by record");
DEFINE_int32(threads, 0, "N: threads that convert; 0 is one per core");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Makes a database of image files.\n\n"
    "  convert_imageset [flags] ROOT/ LISTFILE DB\n"
    "  convert_imageset [flags] ROOT/ DB\n\n"
    "LISTFILE has lines \"path label\"; ROOT/ is put before each path as it\n"
    "stands. Without LISTFILE, each folder in ROOT/ is a class, and labels\n"
    "count the folders' names in their order, from 0.\n\n"
    "A conversion that was interrupted goes on if it is started again with "
    "the\n"
    "same flags and the same list.\n\n"
    "Rules: CMYK, 16 bits and transparency become 8 bits of blue, green and\n"
    "red; what EXIF says is turned stands upright. Empty files, files that "
    "are\n"
    "cut short, and what is no image are bad. All are listed, as are images\n"
    "that occur twice.";

ImageList ListFolders(std::string* root, std::vector<std::string>* names) {
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
  *names = classes;
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

void Refuse(const ConversionReport& report) {
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

// Lines below a heading; the screen shows the first of them.
void Tell(const std::string& heading, const std::vector<std::string>& lines,
          std::ostream* all) {
  if (lines.empty()) return;
  *all << lines.size() << " images " << heading << "\n";
  LOG(INFO) << lines.size() << " images " << heading;
  constexpr size_t kShown = 10;
  for (size_t i = 0; i < lines.size(); ++i) {
    *all << "  " << lines[i] << "\n";
    if (i < kShown) LOG(INFO) << "  " << lines[i];
  }
  if (lines.size() > kShown) {
    LOG(INFO) << "  and " << lines.size() - kShown << " more"
              << (FLAGS_report.empty() ? "; --report=FILE lists them" : "");
  }
}

void TellClasses(const ImageList& images, const ConversionReport& report,
                 const std::vector<std::string>& names, std::ostream* all) {
  const std::map<int, int64_t> counts = ClassCounts(images, report);
  const std::string histogram = Histogram(counts, names);
  *all << counts.size() << " classes\n" << histogram;
  constexpr size_t kShown = 20;
  if (counts.size() <= kShown) {
    for (const std::string& line : SplitText(histogram, '\n')) {
      LOG(INFO) << line;
    }
    return;
  }
  const auto fewer = [](const auto& a, const auto& b) {
    return a.second < b.second;
  };
  const auto [least, most] =
      std::minmax_element(counts.begin(), counts.end(), fewer);
  LOG(INFO) << counts.size() << " classes, of " << least->second << " ("
            << NameOf(least->first, names) << ") to " << most->second << " ("
            << NameOf(most->first, names) << ") images";
}

// What was found in the images, on the screen and in --report.
void Report(const ImageList& images, const ConversionReport& report,
            const std::vector<std::string>& names, int threads) {
  std::ostringstream all;
  if (!report.bad.empty()) {
    all << report.bad.size() << " images are bad\n";
    for (const std::string& problem : report.bad)
      all << "  " << problem << "\n";
  }
  for (const auto& [rule, paths] : report.notes) Tell(rule, paths, &all);
  Tell("occur before", Duplicates(images, report), &all);
  if (!FLAGS_against.empty()) {
    const auto other = DataSourceRegistry::Global().Open("LMDB", FLAGS_against);
    Tell("are in " + FLAGS_against + ", too",
         Leaks(images, report, *other, threads), &all);
  }
  if (FLAGS_labels == 0) TellClasses(images, report, names, &all);
  if (!FLAGS_report.empty()) WriteFileAtomically(FLAGS_report, all.str());
}

// What the records depend on: the flags, and the images with their labels.
std::string Purpose(const std::string& root, const ImageList& images) {
  uint64_t list = Hash(root);
  for (const LabelledImage& image : images) {
    list = Mix(list ^ Hash(image.path)) ^ static_cast<uint64_t>(image.label);
    for (const float label : image.labels) {
      list = Mix(list ^ __builtin_bit_cast(uint32_t, label));
    }
  }
  std::ostringstream text;
  text << "gray " << FLAGS_gray << " resize " << FLAGS_resize_height << " "
       << FLAGS_resize_width << " " << FLAGS_resize_short << " encoded "
       << FLAGS_encoded << " " << FLAGS_encode_type << " check_size "
       << FLAGS_check_size << " images " << images.size() << " list " << list
       << "\n";
  return text.str();
}

void CheckArguments(const std::vector<std::string>& arguments) {
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
  Require(FLAGS_labels >= 0, "--labels is ", FLAGS_labels,
          "; 0 stands for one class");
  Require(FLAGS_label_names.empty() || arguments.size() == 3,
          "--label_names=", FLAGS_label_names,
          " needs a LISTFILE: folders' names are the names of their classes");
  Require(FLAGS_labels == 0 || arguments.size() == 3, "--labels=", FLAGS_labels,
          " needs a LISTFILE that has them");
}

// Mistakes in these are found before the conversion, not after it.
void CheckAgainstAndReport() {
  if (!FLAGS_against.empty()) {
    DataSourceRegistry::Global().Open("LMDB", FLAGS_against);
  }
  // Whoever reads a pipe would take this for the report.
  if (FLAGS_report.empty() || std::filesystem::is_fifo(FLAGS_report)) return;
  // A report from before stays until this one is complete.
  const bool there = std::filesystem::is_regular_file(FLAGS_report);
  WriteFileAtomically(FLAGS_report, there ? ReadFile(FLAGS_report) : "");
}

ImageList ListImages(const std::vector<std::string>& arguments,
                     std::string* root, std::vector<std::string>* names) {
  if (!FLAGS_label_names.empty()) *names = ReadNames(FLAGS_label_names);
  ImageList images;
  if (arguments.size() == 2) {
    images = ListFolders(root, names);
  } else if (FLAGS_labels > 0) {
    images = ReadImageListOfLabels(arguments[1], FLAGS_labels);
  } else {
    images = ReadImageList(arguments[1], Labels::kStrict);
  }
  return FLAGS_shuffle ? Shuffled(images) : images;
}

// Images are so large that malloc would fetch and clear new pages for each; and
// for each thread, if it had memory of its own.
void KeepFreedMemory() {
  constexpr int kNever = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kNever);
  mallopt(M_TRIM_THRESHOLD, kNever);
  mallopt(M_ARENA_MAX, 1);
}

void Main(const std::vector<std::string>& arguments) {
  KeepFreedMemory();
  CheckArguments(arguments);
  const ImageConversion conversion = ConversionFromFlags();
  const std::string& database = arguments.back();
  std::string root = arguments[0];
  std::vector<std::string> names;
  const ImageList images = ListImages(arguments, &root, &names);
  CheckAgainstAndReport();
  LmdbWriter writer(database, Purpose(root, images));
  const int cores = std::thread::hardware_concurrency();
  const int threads = FLAGS_threads > 0 ? FLAGS_threads : std::max(1, cores);
  const ConversionReport report = ConvertImages(
      root, images, conversion, FLAGS_check_size, threads, &writer);
  if (report.kept > 0) {
    LOG(INFO)
        << report.kept
        << " of them were converted before, by a run that was interrupted";
  }
  Report(images, report, names, threads);
  Refuse(report);
  if (!names.empty()) {
    std::string lines;
    for (const std::string& name : names) lines += name + "\n";
    writer.AddFile(kLabelNamesFile, lines);
  }
  writer.Finish();
  LOG(INFO) << report.written << " images are in " << database;
  if (!FLAGS_verify) return;
  Verify(*DataSourceRegistry::Global().Open("LMDB", database), images, report,
         threads);
  LOG(INFO) << "all of them were read back";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
