// Tells what is in a database.

#include <cctype>
#include <iostream>
#include <map>
#include <thread>

#include "data/conversion_report.h"
#include "data/image.h"
#include "data/in_order.h"
#include "data/label_names.h"
#include "data/pictures.h"
#include "doppio/data_source.h"
#include "tool.h"

DEFINE_string(backend, "lmdb",
              "kind of database: lmdb, or leveldb where the build has it");
DEFINE_string(labels, "",
              "FILE: the names of the classes, one a line; if not given, those "
              "in the database");
DEFINE_string(out, "", "FILE.png: draw images of the database there");
DEFINE_int32(count, 40, "N: with --out, images to draw, spread over all");
DEFINE_int32(columns, 8, "N: with --out, images in a row");
DEFINE_int32(side, 128, "PIXELS: with --out, the side of each");
DEFINE_int32(threads, 0, "N: threads that read and decode; 0 is one per core");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Tells what is in a database: records, their sizes, how many are of each\n"
    "class; and draws some of them.\n\n"
    "  inspect_data [flags] DB";

// What one pass over the records counts.
struct Counts {
  std::map<std::string, int64_t> sizes;
  std::map<int, int64_t> classes;
  std::map<int, int64_t> labels;  // records by how many labels they have
  int64_t encoded = 0;
};

template <typename Key>
void Add(const std::map<Key, int64_t>& from, std::map<Key, int64_t>* to) {
  for (const auto& [key, count] : from) (*to)[key] += count;
}

Counts CountRecords(const DataSource& source, int64_t begin, int64_t end) {
  Counts counts;
  Datum datum;
  for (int64_t i = begin; i < end; ++i) {
    source.Read(i, &datum);
    try {
      const Image image = ImageOf(datum, Colors::kAsStored);
      ++counts.sizes[std::to_string(image.channels()) + " x " +
                     std::to_string(image.height()) + " x " +
                     std::to_string(image.width())];
    } catch (Error& error) {
      throw error.Prefix(source.Name(i));
    }
    ++counts.classes[datum.label()];
    ++counts.labels[datum.labels_size()];
    counts.encoded += datum.encoded();
  }
  return counts;
}

Counts CountAll(const DataSource& source, int threads) {
  constexpr int64_t kBlock = 64;  // records that one thread reads
  const int64_t blocks = (source.size() + kBlock - 1) / kBlock;
  Counts all;
  InOrder<Counts>(
      blocks, threads,
      [&](int64_t block) {
        return CountRecords(source, block * kBlock,
                            std::min((block + 1) * kBlock, source.size()));
      },
      [&](int64_t, const Counts& counts) {
        Add(counts.sizes, &all.sizes);
        Add(counts.classes, &all.classes);
        Add(counts.labels, &all.labels);
        all.encoded += counts.encoded;
      });
  return all;
}

void Print(const Counts& counts, int64_t records,
           const std::vector<std::string>& names) {
  std::cout << records << " records, " << counts.encoded
            << " of them image files, the others pixels\n";
  constexpr size_t kShownSizes = 10;
  size_t shown = 0;
  for (const auto& [size, count] : counts.sizes) {
    if (++shown > kShownSizes) break;
    std::cout << "  " << count << " of " << size << "\n";
  }
  if (counts.sizes.size() > kShownSizes) {
    std::cout << "  and " << counts.sizes.size() - kShownSizes
              << " more sizes\n";
  }
  for (const auto& [labels, count] : counts.labels) {
    if (labels == 0) continue;
    std::cout << "  " << count << " with " << labels << " labels\n";
  }
  std::cout << counts.classes.size() << " classes\n"
            << Histogram(counts.classes, names);
}

cv::Mat Sheet(const DataSource& source, const std::vector<std::string>& names) {
  std::vector<LabelledPicture> pictures;
  const int64_t count = std::min<int64_t>(FLAGS_count, source.size());
  for (int64_t i = 0; i < count; ++i) {
    Datum datum;
    source.Read(i * source.size() / count, &datum);
    pictures.push_back({StoredPicture(datum), NameOf(datum.label(), names)});
  }
  return ContactSheet(pictures, FLAGS_columns, FLAGS_side);
}

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 1, "inspect_data takes DB, but got ",
          arguments.size(), " arguments; --help tells more");
  Require(FLAGS_threads >= 0, "--threads is ", FLAGS_threads,
          "; 0 stands for one per core");
  Require(FLAGS_count >= 1 && FLAGS_columns >= 1 && FLAGS_side >= 8,
          "--count, --columns and --side give too small a picture");
  Require(FLAGS_side <= 4096, "--side is ", FLAGS_side, "; 4096 is the most");
  std::string backend = FLAGS_backend;
  for (char& c : backend) c = std::toupper(static_cast<unsigned char>(c));
  const auto source = DataSourceRegistry::Global().Open(backend, arguments[0]);
  const std::vector<std::string> names =
      FLAGS_labels.empty() ? LabelNames(arguments[0]) : ReadNames(FLAGS_labels);
  const int cores = std::thread::hardware_concurrency();
  const int threads = FLAGS_threads > 0 ? FLAGS_threads : std::max(1, cores);
  Print(CountAll(*source, threads), source->size(), names);
  if (FLAGS_out.empty()) return;
  WritePicture(FLAGS_out, Sheet(*source, names));
  std::cout << "some of them are drawn in " << FLAGS_out << "\n";
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
