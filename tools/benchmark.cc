#include <chrono>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>

#include "core/memory.h"
#include "core/random.h"
#include "device/machine.h"
#include "doppio/net.h"
#include "io/weights.h"
#include "net/memory_need.h"
#include "net/replace_data.h"
#include "net/summary.h"
#include "run_flags.h"
#include "solver/data_speed.h"
#include "solver/optimizer.h"
#include "solver/passes.h"

DEFINE_string(model, "", "FILE: the net, as prototxt");
DEFINE_string(weights, "", "FILE: a .caffemodel to take parameters from");
DEFINE_int32(batch, 0, "N: images per batch; 0 keeps the net's");
DEFINE_int32(runs, 10, "N: runs to time, after 2 to warm up");
DEFINE_string(phase, "TRAIN", "TRAIN|TEST: which layers belong");
DEFINE_bool(infer, false, "the TEST phase, forward only");
DEFINE_bool(update, true,
            "time the update of the parameters, too; --update=false leaves it "
            "out");
DEFINE_bool(cuda_graph, false,
            "also time training steps that a GPU is given without waiting, as "
            "kernels and as graphs; not tried on a real GPU yet");
DEFINE_bool(data, false,
            "time the data layers too: alone, and feeding the net");
DEFINE_int32(loader_threads, 0,
             "N: with --data, threads that load for each layer; 0 is one per "
             "two cores");
DEFINE_string(stage, "", "A,B: stages that include and exclude rules see");
DEFINE_int32(level, 0, "N: the level that include and exclude rules see");
DEFINE_string(input_shape, "",
              "BLOB:N,C,H,W: shapes of data or Input layers' tops, separated "
              "by semicolons");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Times the layers of a net, forward and backward, and the update of its\n"
    "parameters by SGD with momentum, on random images of the shape that its\n"
    "data layers would give.\n"
    "\n"
    "  benchmark --model=models/alexnet/train_val.prototxt --batch=64\n"
    "\n"
    "Times are milliseconds, the least and the median over the runs. Images/s\n"
    "follow from the medians. Memory is what the net takes at most, beyond "
    "what\n"
    "the program has before.";

constexpr int kWarmUps = 2;
constexpr float kRate = 1e-9f;  // random labels are not worth learning

// Times of one step or of a whole pass, over the runs.
class Times {
 public:
  void Add(double ms) { times_.push_back(ms); }
  bool empty() const { return times_.empty(); }
  double Least() const {
    return *std::min_element(times_.begin(), times_.end());
  }
  double Median() const {
    std::vector<double> sorted = times_;
    std::sort(sorted.begin(), sorted.end());
    const size_t half = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[half]
                             : (sorted[half - 1] + sorted[half]) / 2;
  }

 private:
  std::vector<double> times_;
};

// Forward and backward.
struct BothTimes {
  Times forward, backward;
};

// Notes how long each step takes, from the end of the one before.
class Stopwatch {
 public:
  // A null `update` is none.
  Stopwatch(Net* net, Device device, bool backward,
            std::function<void()> update)
      : net_(*net),
        device_(device),
        backward_(backward),
        update_(std::move(update)) {
    net->set_observer([this](const Step& step, bool is_backward) {
      const size_t i = &step - net_.steps().data();
      BothTimes& times = steps_.at(i);
      (is_backward ? times.backward : times.forward).Add(Lap());
    });
  }

  void Run(int runs) {
    steps_.assign(net_.steps().size(), {});
    total_ = {};
    both_ = update_times_ = training_ = {};
    for (int run = 0; run < runs; ++run) {
      const double forward = Pass([this] { net_.Forward(); });
      total_.forward.Add(forward);
      if (!backward_) continue;
      const double backward = Pass([this] { net_.Backward(); });
      total_.backward.Add(backward);
      both_.Add(forward + backward);
      if (!update_) continue;
      const double update = Pass(update_);
      update_times_.Add(update);
      training_.Add(forward + backward + update);
    }
  }

  const std::vector<BothTimes>& steps() const { return steps_; }
  const BothTimes& total() const { return total_; }
  const Times& both() const { return both_; }
  const Times& update() const { return update_times_; }
  const Times& training() const { return training_; }

 private:
  using Clock = std::chrono::steady_clock;

  static double Milliseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
  }

  double Lap() {
    Synchronize(device_);
    const Clock::time_point before = last_;
    last_ = Clock::now();
    return Milliseconds(last_ - before);
  }

  template <typename Body>
  double Pass(Body body) {
    const Clock::time_point start = last_ = Clock::now();
    body();
    Synchronize(device_);
    return Milliseconds(Clock::now() - start);
  }

  Net& net_;
  const Device device_;
  const bool backward_;
  const std::function<void()> update_;
  Clock::time_point last_;
  std::vector<BothTimes> steps_;
  BothTimes total_;
  Times both_, update_times_, training_;
};

// What Linux says of this process's memory: "VmRSS:" now, "VmHWM:" at most.
size_t ProcessBytes(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != field) continue;
    size_t kib = 0;
    status >> kib;
    return kib * 1024;
  }
  return 0;
}

// Images become random numbers in the range of pixels without their mean;
// labels stay 0, which every net has.
void FillInputs(const Net& net) {
  for (size_t i = 0; i < net.steps().size(); ++i) {
    const Step& step = net.steps()[i];
    if (step.layer->type() != "Input") continue;
    Tensor& images = step.top_blobs[0]->data;
    const bool labels = net.places()[step.tops[0]].name == "label";
    if (images.shape().axes() < 2 || labels) continue;
    const RandomStream random(1, Draw::kTest, i);
    std::vector<float> values(images.count());
    for (size_t v = 0; v < values.size(); ++v) {
      values[v] = 256 * random.Uniform(v) - 128;
    }
    images.CopyFrom(values);
  }
}

NetSource Source() {
  NetSource source = ReadNetToRun(FLAGS_model);
  NetState* state = source.net.mutable_state();
  state->set_phase(FLAGS_infer ? TEST : ParsePhase(FLAGS_phase));
  AddToState(FLAGS_stage, FLAGS_level, state);
  return source;
}

void SetBatch(int batch, NetParameter* net) {
  for (LayerParameter& layer : *net->mutable_layer()) {
    if (layer.has_data_param()) {
      layer.mutable_data_param()->set_batch_size(batch);
    }
    if (layer.has_image_data_param()) {
      layer.mutable_image_data_param()->set_batch_size(batch);
    }
  }
}

DataFreeNet Model(const Context& context) {
  InputOptions inputs;
  inputs.shapes = ParseInputShapes(FLAGS_input_shape);
  inputs.batch = FLAGS_batch;
  return ReplaceDataLayers(Source(), inputs, context);
}

SolverParameter Sgd() {
  SolverParameter param;
  param.set_momentum(0.9f);
  param.set_weight_decay(0.0005f);
  return param;
}

void PrintRow(const std::string& name, const std::string& type,
              const BothTimes& times, size_t width) {
  std::cout << std::left << std::setw(width) << name << "  " << std::setw(16)
            << type << std::right << std::fixed << std::setprecision(3);
  for (const Times* t : {&times.forward, &times.backward}) {
    for (const double ms :
         {t->empty() ? 0 : t->Least(), t->empty() ? 0 : t->Median()}) {
      std::cout << std::setw(12) << ms;
    }
  }
  std::cout << "\n";
}

void PrintSteps(const NetSummary& summary, const Stopwatch& watch) {
  size_t width = 5;
  for (const StepSummary& step : summary.steps) {
    width = std::max(width, step.name.size());
  }
  std::cout << std::left << std::setw(width) << "layer"
            << "  " << std::setw(16) << "type" << std::right << std::setw(12)
            << "forward min" << std::setw(12) << "median" << std::setw(12)
            << "backw. min" << std::setw(12) << "median"
            << "\n";
  for (size_t i = 0; i < summary.steps.size(); ++i) {
    const StepSummary& step = summary.steps[i];
    if (watch.steps()[i].forward.empty()) continue;  // merged with another
    PrintRow(step.name, step.type, watch.steps()[i], width);
  }
  PrintRow("total", "", watch.total(), width);
}

void PrintRates(int batch, const Stopwatch& watch) {
  const auto rate = [&](const Times& times) {
    return batch / times.Median() * 1000;
  };
  std::cout << std::setprecision(1)
            << "\nforward: " << rate(watch.total().forward) << " images/s\n";
  if (watch.both().empty()) return;
  std::cout << "forward and backward: " << rate(watch.both()) << " images/s\n";
  if (watch.training().empty()) return;
  std::cout << "update: " << watch.update().Median() << " ms\n"
            << "training step: " << rate(watch.training()) << " images/s\n";
}

// Training steps per second, of which the GPU is given one while it computes
// another.
double StepsWithoutWaiting(const Context& context, Net* net,
                           const std::function<void()>& update, bool graphs) {
  Passes passes(context, Passes::Options{true, false, graphs}, net);
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      while (passes.due()) passes.Next();
      passes.Forward(i, 0);
      passes.Backward(false);
      update();
    }
    while (!passes.empty()) passes.Next();
    Synchronize(context.device());
  };
  run(kWarmUps + 2);  // by then there are graphs
  const auto start = std::chrono::steady_clock::now();
  run(FLAGS_runs);
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  return FLAGS_runs / seconds.count();
}

void PrintGraphs(const Context& context, int batch, Net* net,
                 const std::function<void()>& update) {
  net->set_observer(nullptr);
  for (const bool graphs : {false, true}) {
    std::cout << "training step, not waited for, as "
              << (graphs ? "graphs: " : "kernels: ")
              << batch * StepsWithoutWaiting(context, net, update, graphs)
              << " images/s\n";
  }
  net->set_herald(nullptr);
}

// As Stopwatch times the net, but with its own data.
void PrintData(const Context& context, const Stopwatch& watch, int batch) {
  std::unique_ptr<Optimizer> optimizer;
  std::function<void(Net*)> update;
  if (!watch.training().empty()) {
    update = [&](Net* net) {
      if (!optimizer) optimizer = std::make_unique<Optimizer>(Sgd(), *net);
      optimizer->Apply(kRate, 0);
    };
  }
  NetSource source = Source();
  if (FLAGS_batch > 0) SetBatch(FLAGS_batch, &source.net);
  const DataSpeed speed =
      MeasureData(source, context, FLAGS_runs, !FLAGS_infer, update);
  const Times& net = !watch.training().empty() ? watch.training()
                     : !watch.both().empty()   ? watch.both()
                                               : watch.total().forward;
  std::cout << "data alone: " << speed.alone << " images/s, on "
            << context.loader_threads() << " threads\n"
            << "net alone: " << batch / net.Median() * 1000 << " images/s\n"
            << "together: " << speed.together << " images/s\n";
}

void PrintMemory(const MemoryNeed& need, size_t before) {
  const size_t measured = ProcessBytes("VmHWM:") - before;
  std::cout << "memory predicted: " << ToString(need) << "\n"
            << "memory measured: " << Mebibytes(measured) << " MiB\n";
}

void Main() {
  Require(!FLAGS_model.empty(), "give --model=FILE; --help says more");
  Require(FLAGS_runs >= 1, "--runs=", FLAGS_runs, "; at least 1 is needed");
  Require(FLAGS_batch >= 0, "--batch=", FLAGS_batch, " is negative");
  const Context context = RunContext(FLAGS_loader_threads);
  const DataFreeNet model = Model(context);
  Net::Options options;
  options.backward = !FLAGS_infer;
  options.reuse_memory = true;
  const size_t before = ProcessBytes("VmRSS:");
  Net net(model.source, context, options);
  if (!FLAGS_weights.empty()) net.CopyWeights(ReadWeights(FLAGS_weights));
  FillInputs(net);

  const bool updates =
      FLAGS_update && options.backward && !net.learnables().empty();
  Require(!FLAGS_cuda_graph || (updates && context.device() == Device::kCuda),
          "--cuda_graph is for training steps on a GPU");
  std::unique_ptr<Optimizer> optimizer;
  if (updates) optimizer = std::make_unique<Optimizer>(Sgd(), net);
  std::function<void()> update;
  if (updates) update = [&] { optimizer->Apply(kRate, 0); };
  Stopwatch watch(&net, context.device(), options.backward, update);
  watch.Run(kWarmUps);
  watch.Run(FLAGS_runs);
  const NetSummary summary = Summarize(net, model.replaced);
  std::cout << DescribeMachine(context) << "\n"
            << (net.name().empty() ? FLAGS_model : net.name()) << ", "
            << Phase_Name(net.phase()) << " phase, batch " << summary.batch
            << ", " << FLAGS_runs << " runs\n\n";
  PrintSteps(summary, watch);
  PrintRates(summary.batch, watch);
  if (FLAGS_cuda_graph) PrintGraphs(context, summary.batch, &net, update);
  PrintMemory(PredictMemory(net, context, updates ? 1 : 0), before);
  // Afterwards, since it makes nets of its own.
  if (FLAGS_data) PrintData(context, watch, summary.batch);
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
