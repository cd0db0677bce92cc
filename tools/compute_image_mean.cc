// Computes the mean image of a database.

#include <cctype>
#include <iostream>
#include <numeric>
#include <thread>

#include "data/mean_image.h"
#include "doppio/data_source.h"
#include "io/binary_proto.h"
#include "io/convert_proto.h"
#include "tool.h"

DEFINE_string(backend, "lmdb",
              "kind of database: lmdb, or leveldb where the build has it");
DEFINE_string(pca, "",
              "FILE: write the colours' mean, deviation and principal "
              "components there, for transform_param's pca_file");
DEFINE_int32(threads, 0, "N: threads that read and decode; 0 is one per core");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Computes the mean of all images of a database.\n\n"
    "  compute_image_mean [flags] DB [OUTPUT.binaryproto]\n\n"
    "Prints the mean of each channel, as transform_param takes them, and\n"
    "writes the mean image, for its mean_file, to OUTPUT. --pca adds what the\n"
    "colours are like, in the same pass; then, without OUTPUT, images may be "
    "of\n"
    "any size.";

void PrintChannels(const BlobProto& mean) {
  const int64_t plane = int64_t{mean.height()} * mean.width();
  for (int c = 0; c < mean.channels(); ++c) {
    const float* values = mean.data().data() + c * plane;
    std::cout << "mean_value: "
              << std::accumulate(values, values + plane, 0.) / plane << "\n";
  }
}

void Main(const std::vector<std::string>& arguments) {
  Require(arguments.size() == 1 || arguments.size() == 2,
          "compute_image_mean takes DB [OUTPUT.binaryproto], but got ",
          arguments.size(), " arguments; --help tells more");
  Require(FLAGS_threads >= 0, "--threads is ", FLAGS_threads,
          "; 0 stands for one per core");
  std::string backend = FLAGS_backend;
  for (char& c : backend) c = std::toupper(static_cast<unsigned char>(c));
  const auto source = DataSourceRegistry::Global().Open(backend, arguments[0]);
  const int cores = std::thread::hardware_concurrency();
  const int threads = FLAGS_threads > 0 ? FLAGS_threads : std::max(1, cores);
  const bool wants_image = arguments.size() == 2;
  BlobProto mean;
  if (FLAGS_pca.empty()) {
    mean = MeanImage(*source, threads);
    PrintChannels(mean);
  } else {
    const ColorStatistics colors =
        ColorsOf(*source, threads, wants_image ? &mean : nullptr);
    for (const float value : colors.mean()) {
      std::cout << "mean_value: " << value << "\n";
    }
    WriteProto(FLAGS_pca, colors, false);
  }
  if (wants_image) WriteBinaryProto(arguments[1], mean);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
