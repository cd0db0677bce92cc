// Doppio's part in benchmarks/compare, which says what is asked of a contender.

#include <chrono>
#include <filesystem>
#include <iomanip>
#include <memory>

#include "device/machine.h"
#include "doppio/net.h"
#include "doppio/solver.h"
#include "io/npy.h"
#include "io/weights.h"
#include "net/replace_data.h"
#include "run_flags.h"

DEFINE_string(net, "alexnet", "NAME: a folder of models/");
DEFINE_string(mode, "train", "train|infer");
DEFINE_string(folder, "", "DIR: the batch and the weights");
DEFINE_string(images, "", "N,C,H,W: the shape of the batch");
DEFINE_double(rate, 0, "R: the learning rate");
DEFINE_string(output, "", "BLOB: whose values to compare in infer mode");
DEFINE_bool(prepare, false, "write the weights to --folder");
DEFINE_bool(check, false, "compute what can be compared, without dropout");

namespace doppio {
namespace {

namespace fs = std::filesystem;

constexpr int kCheckedSteps = 3;
constexpr int kCheckedValues = 4000;

NetSource DataFree(const std::string& file, Phase phase,
                   const Context& context) {
  NetSource source = ReadNet("models/" + FLAGS_net + "/" + file);
  source.net.mutable_state()->set_phase(phase);
  OverrideFromFlags(&source.net);
  InputOptions inputs;
  inputs.shapes = ParseInputShapes("data:" + FLAGS_images);
  const Shape images = inputs.shapes["data"];
  if (phase == TRAIN) inputs.shapes["label"] = {images[0]};
  return ReplaceDataLayers(source, inputs, context).source;
}

void DropNothing(NetParameter* net) {
  for (LayerParameter& layer : *net->mutable_layer()) {
    if (layer.type() == "Dropout") {
      layer.mutable_dropout_param()->set_dropout_ratio(0);
    }
  }
}

void Read(const std::string& name, Net* net) {
  const std::string path = FLAGS_folder + "/" + name + ".npy";
  net->blob(name)->data.CopyFrom(ReadNpy(path).values);
}

NetParameter Weights() {
  return ReadWeights(FLAGS_folder + "/weights.caffemodel");
}

// What is timed, step by step.
class Work {
 public:
  virtual ~Work() = default;
  virtual void Step() = 0;
  // Values for others to compare theirs with.
  virtual std::vector<float> Check() = 0;
};

// Forward, backward and update, as `train` runs them.
class Training final : public Work {
 public:
  explicit Training(const Context& context) {
    SolverSource source =
        ReadSolver("models/" + FLAGS_net + "/solver.prototxt");
    SolverParameter& param = source.solver;
    NetParameter net = DataFree("train_val.prototxt", TRAIN, context).net;
    if (FLAGS_check) DropNothing(&net);
    param.clear_net();
    *param.mutable_net_param() = net;
    param.clear_test_iter();
    param.clear_test_interval();
    param.clear_snapshot();
    param.set_snapshot_after_train(false);
    param.set_display(0);
    param.set_random_seed(1);
    param.set_lr_policy("fixed");
    param.set_base_lr(static_cast<float>(FLAGS_rate));
    Solver::Options options;
    options.reuse_memory = true;
    solver_ = std::make_unique<Solver>(source, context, options);
    if (FLAGS_check) solver_->net().CopyWeights(Weights());
    Read("data", &solver_->net());
    Read("label", &solver_->net());
  }

  void Step() override { solver_->Step(1); }

  std::vector<float> Check() override {
    std::vector<float> losses;
    for (int step = 0; step < kCheckedSteps; ++step) {
      solver_->Step(1);
      losses.push_back(solver_->loss());
    }
    return losses;
  }

 private:
  std::unique_ptr<Solver> solver_;
};

class Inference final : public Work {
 public:
  explicit Inference(const Context& context) {
    Net::Options options;
    options.backward = false;
    options.reuse_memory = !FLAGS_check;
    net_ = std::make_unique<Net>(DataFree("deploy.prototxt", TEST, context),
                                 context, options);
    if (FLAGS_check) net_->CopyWeights(Weights());
    Read("data", net_.get());
  }

  void Step() override { net_->Forward(); }

  std::vector<float> Check() override {
    net_->Forward();
    std::vector<float> values = net_->blob(FLAGS_output)->data.ToVector();
    if (values.size() > kCheckedValues) values.resize(kCheckedValues);
    return values;
  }

 private:
  std::unique_ptr<Net> net_;
};

std::unique_ptr<Work> MakeWork(const Context& context) {
  if (FLAGS_mode == "train") return std::make_unique<Training>(context);
  return std::make_unique<Inference>(context);
}

// The net's random weights, as one .caffemodel and as an array each; and what a
// BatchNorm knows of its bottom after two batches.
void Prepare(const Context& context) {
  Net net(DataFree("train_val.prototxt", TRAIN, context), context);
  Read("data", &net);
  Read("label", &net);
  for (int pass = 0; pass < 2; ++pass) net.Forward();
  const NetParameter weights = net.ToProto();
  WriteWeights(FLAGS_folder + "/weights.caffemodel", weights);
  for (const Step& step : net.steps()) {
    int index = 0;
    for (const Parameter& param : step.layer->params()) {
      const fs::path path = fs::path(FLAGS_folder) / "param" /
                            step.layer->name() / std::to_string(index++);
      fs::create_directories(path.parent_path());
      WriteNpy(path.string() + ".npy",
               {param.shape, param.blob.data.ToVector()});
    }
  }
}

void PrintCheck(const std::vector<float>& values) {
  std::cout << "{\"values\": [";
  for (size_t i = 0; i < values.size(); ++i) {
    std::cout << (i ? ", " : "") << std::setprecision(9) << values[i];
  }
  std::cout << "]}" << std::endl;
}

void AnswerWithTimes(const Context& context, Work* work) {
  using Clock = std::chrono::steady_clock;
  work->Step();
  work->Step();
  std::cout << DescribeMachine(context) << std::endl;
  for (int steps = 0; std::cin >> steps;) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < steps; ++i) work->Step();
    std::cout << std::chrono::duration<double>(Clock::now() - start).count()
              << std::endl;
  }
}

void Main() {
  const Context context = RunContext();
  if (FLAGS_prepare) {
    Prepare(context);
    return;
  }
  const std::unique_ptr<Work> work = MakeWork(context);
  if (FLAGS_check) {
    PrintCheck(work->Check());
  } else {
    AnswerWithTimes(context, work.get());
  }
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__,
                         "A contender of benchmarks/compare.", doppio::Main);
}
