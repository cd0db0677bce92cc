#include "solver/solver_fixture.h"

#include <glog/logging.h>

#include <cstdlib>
#include <filesystem>

#include "doppio/error.h"

namespace doppio {

namespace fs = std::filesystem;

const char kOneWeight[] = R"(
  layer { name: "data" type: "DummyData" top: "x" top: "target"
    dummy_data_param {
      shape { dim: 1 dim: 1 }
      data_filler { type: "constant" value: 1 }
      data_filler { type: "constant" value: 3 } } }
  layer { name: "w" type: "InnerProduct" bottom: "x" top: "y"
    inner_product_param { num_output: 1 bias_term: false
      weight_filler { type: "constant" value: 1 } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "target"
    top: "loss" })";

const char kRandomNet[] = R"(
  layer { name: "data" type: "DummyData" top: "x" top: "target"
    dummy_data_param {
      shape { dim: 8 dim: 6 } shape { dim: 8 dim: 2 }
      data_filler { type: "gaussian" } data_filler { type: "uniform" } } }
  layer { name: "fc1" type: "InnerProduct" bottom: "x" top: "fc1"
    inner_product_param { num_output: 20 weight_filler { type: "xavier" } } }
  layer { name: "drop" type: "Dropout" bottom: "fc1" top: "fc1" }
  layer { name: "fc2" type: "InnerProduct" bottom: "fc1" top: "fc2"
    inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
  layer { name: "loss" type: "EuclideanLoss" bottom: "fc2" bottom: "target"
    top: "loss" })";

void SolverTest::SetUp() {
  std::string name = testing::TempDir() + "/solver.XXXXXX";
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  folder_ = name;
}

void SolverTest::TearDown() { fs::remove_all(folder_); }

SolverSource SolverTest::Source(const std::string& text,
                                const std::string& net) const {
  std::string solver = text + "\nnet_param {" + net + "}\n";
  if (text.find("snapshot_prefix") == std::string::npos) {
    solver += "snapshot_prefix: \"" + Path("run") + "\"\n";
  }
  if (text.find("lr_policy") == std::string::npos) {
    solver += "lr_policy: \"fixed\" base_lr: 0.5\n";
  }
  if (text.find("random_seed") == std::string::npos) {
    solver += "random_seed: 7\n";
  }
  return ParseSolver(solver, "solver.prototxt");
}

std::string SolverTest::Path(const std::string& file) const {
  return folder_ + "/" + file;
}

bool SolverTest::Exists(const std::string& file) const {
  return fs::exists(Path(file));
}

std::string SolverTest::ErrorOf(const SolverSource& source,
                                const Solver::Options& options) const {
  try {
    Solver(source, Context(), options).Solve();
  } catch (const Error& error) {
    return error.what();
  }
  return "no Error";
}

std::vector<float> Weights(Net* net, const std::string& layer, int index) {
  return net->layer(layer)->params().at(index).blob.data.ToVector();
}

class LogLines::Sink : public google::LogSink {
 public:
  explicit Sink(std::vector<std::string>* lines) : lines_(lines) {
    google::AddLogSink(this);
  }
  ~Sink() override { google::RemoveLogSink(this); }
  void send(google::LogSeverity, const char*, const char*, int,
            const google::LogMessageTime&, const char* message,
            size_t length) override {
    lines_->emplace_back(message, length);
  }

 private:
  std::vector<std::string>* lines_;
};

LogLines::LogLines() : sink_(std::make_unique<Sink>(&lines_)) {}
LogLines::~LogLines() = default;

std::vector<std::string> LogLines::With(const std::string& text) const {
  std::vector<std::string> found;
  for (const std::string& line : lines_) {
    if (line.find(text) != std::string::npos) found.push_back(line);
  }
  return found;
}

}  // namespace doppio
