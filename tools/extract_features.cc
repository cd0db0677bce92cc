// Runs a net over its data and stores what some of its blobs hold.

#include <filesystem>
#include <map>
#include <memory>

#include "data/lmdb_writer.h"
#include "doppio/net.h"
#include "io/npy.h"
#include "net/load_weights.h"
#include "run_flags.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(weights, "", "FILES: the trained parameters, .caffemodel files");
DEFINE_string(blobs, "", "A,B: the blobs whose values are wanted");
DEFINE_string(out, "", "DIR: where to write");
DEFINE_string(format, "npy",
              "npy|lmdb: DIR/<blob>.npy, or DIR/<blob>_lmdb with a Datum of "
              "floats per image, the keys counting them");
DEFINE_int32(batches, 1, "N: batches to run");
DEFINE_string(phase, "TEST", "TRAIN|TEST: the phase to run");
DEFINE_bool(allow_unmatched, false,
            "run also if no layer of the net has its parameters in --weights");

namespace doppio {
namespace {

namespace fs = std::filesystem;

constexpr char kUsage[] =
    "Runs a trained net over its data and stores what some blobs hold, an\n"
    "entry per image.\n\n"
    "  extract_features --model=train_val.prototxt --weights=net.caffemodel\n"
    "    --blobs=fc7,prob --batches=10 --out=features";

// Takes the values of one blob, batch after batch.
class Store {
 public:
  virtual ~Store() = default;
  virtual void Add(const Tensor& batch) = 0;
  virtual void Finish() = 0;
};

// The values of all batches, one after the other along the first axis.
class NpyStore final : public Store {
 public:
  explicit NpyStore(const std::string& path) : path_(path + ".npy") {}

  void Add(const Tensor& batch) override {
    std::vector<int> extents = batch.shape().extents();
    if (!all_.values.empty()) {
      std::vector<int> before = all_.shape.extents();
      const int rows = before[0] + extents[0];
      before[0] = extents[0];
      Require(before == extents, path_, ": batches of ", batch.shape(),
              " and before of ", all_.shape, " cannot be put together");
      extents[0] = rows;
    }
    all_.shape = Shape(extents);
    const std::vector<float> values = batch.ToVector();
    all_.values.insert(all_.values.end(), values.begin(), values.end());
  }
  void Finish() override { WriteNpy(path_, all_); }

 private:
  const std::string path_;
  Array all_;
};

class LmdbStore final : public Store {
 public:
  explicit LmdbStore(const std::string& path) : writer_(path + "_lmdb") {}

  void Add(const Tensor& batch) override {
    constexpr int kAxes = 4;
    std::vector<int> extents = batch.shape().extents();
    Require(extents.size() <= kAxes, "a Datum has no place for values of ",
            batch.shape());
    extents.resize(kAxes, 1);
    const std::vector<float> values = batch.ToVector();
    const size_t size = values.size() / extents[0];
    for (int i = 0; i < extents[0]; ++i) {
      Datum datum;
      datum.set_channels(extents[1]);
      datum.set_height(extents[2]);
      datum.set_width(extents[3]);
      datum.mutable_float_data()->Add(values.begin() + i * size,
                                      values.begin() + (i + 1) * size);
      char key[16];
      std::snprintf(key, sizeof key, "%010d", count_++);
      writer_.Put(key, datum.SerializeAsString());
    }
  }
  void Finish() override { writer_.Finish(); }

 private:
  LmdbWriter writer_;
  int count_ = 0;
};

std::unique_ptr<Store> MakeStore(const std::string& blob) {
  std::string name = blob;
  std::replace(name.begin(), name.end(), '/', '_');
  const std::string path = (fs::path(FLAGS_out) / name).string();
  if (FLAGS_format == "lmdb") return std::make_unique<LmdbStore>(path);
  return std::make_unique<NpyStore>(path);
}

void Main() {
  Require(!FLAGS_model.empty() && !FLAGS_weights.empty() &&
              !FLAGS_blobs.empty() && !FLAGS_out.empty(),
          "give --model=FILE, --weights=FILE, --blobs=A,B and --out=DIR; "
          "--help says more");
  Require(FLAGS_format == "npy" || FLAGS_format == "lmdb",
          "--format=", FLAGS_format, " is neither npy nor lmdb");
  Require(FLAGS_batches >= 1, "--batches=", FLAGS_batches,
          "; at least 1 batch is needed");
  NetSource source = ReadNetToRun(FLAGS_model);
  source.net.mutable_state()->set_phase(ParsePhase(FLAGS_phase));
  Net::Options options;
  options.backward = false;
  Net net(source, RunContext(), options);
  LoadWeights(FLAGS_weights, FLAGS_allow_unmatched, &net);

  const std::vector<std::string> blobs = SplitText(FLAGS_blobs, ',');
  for (const std::string& blob : blobs) {
    Require(net.blob(blob) != nullptr, "the net has no blob \"", blob, "\"");
  }
  std::error_code error;
  fs::create_directories(FLAGS_out, error);
  Require(!error, "cannot make the folder ", FLAGS_out, ": ", error.message());
  std::map<std::string, std::unique_ptr<Store>> stores;
  for (const std::string& blob : blobs) stores[blob] = MakeStore(blob);
  for (int i = 0; i < FLAGS_batches; ++i) {
    net.Forward();
    for (auto& [blob, store] : stores) {
      const Tensor& batch = net.blob(blob)->data;
      Require(batch.shape().axes() > 0, "blob \"", blob,
              "\" is one number for the whole batch");
      store->Add(batch);
    }
  }
  for (auto& entry : stores) entry.second->Finish();
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
