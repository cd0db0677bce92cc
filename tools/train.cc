#include <algorithm>
#include <chrono>
#include <thread>

#include "device/nccl.h"
#include "doppio/solver.h"
#include "run_flags.h"
#include "solver/fine_tuning.h"
#include "solver/signals.h"

DEFINE_string(solver, "", "FILE: the solver, as prototxt");
DEFINE_string(snapshot, "", "FILE: a .solverstate to go on from");
DEFINE_bool(resume, false,
            "go on from the newest undamaged snapshot, if there is one");
DEFINE_string(weights, "", "FILES: .caffemodel files to start from");
DEFINE_string(finetune_layers, "",
              "A,B: train these layers only, on top of --weights");
DEFINE_int32(
    num_classes, 0,
    "N: with --finetune_layers, the outputs of the last of them, which "
    "then starts afresh; 0 keeps the net's");
DEFINE_string(on_nan, "stop",
              "stop|warn: what to do once the loss is not finite");
DEFINE_bool(
    allow_unmatched, false,
    "start also if no layer of the net has its parameters in --weights");
DEFINE_bool(cuda_graph, false,
            "give the GPU graphs of many kernels rather than one after the "
            "other; not tried on a real GPU yet");

namespace doppio {
namespace {

constexpr char kUsage[] =
    "Trains a net as a solver prototxt says, and tells its progress.\n"
    "\n"
    "  train --solver=solver.prototxt\n"
    "  train --solver=solver.prototxt --resume\n"
    "  train --solver=solver.prototxt --weights=a.caffemodel,b.caffemodel\n"
    "  train --solver=solver.prototxt --weights=base.caffemodel\n"
    "    --finetune_layers=fc8 --num_classes=5\n"
    "  train --solver=solver.prototxt --device=cuda:0,1\n"
    "\n"
    "Ctrl-C or SIGTERM writes a snapshot and stops; a second Ctrl-C stops at\n"
    "once. SIGHUP writes a snapshot and goes on. --log_prefix puts the time\n"
    "before each line.\n"
    "\n"
    "Several GPUs are a process each. batch_size is that of each, as in\n"
    "Caffe: N of them train as one would with batches N times as large.";

void CheckFlags() {
  Require(!FLAGS_solver.empty(), "give --solver=FILE; --help says more");
  Require(FLAGS_snapshot.empty() || !FLAGS_resume,
          "--snapshot and --resume both say where to go on; keep one");
  Require(FLAGS_snapshot.empty() || FLAGS_weights.empty(),
          "--snapshot and --weights both say which weights to start from; keep "
          "one");
  Require(FLAGS_num_classes >= 0, "--num_classes=", FLAGS_num_classes,
          " is negative");
  Require(FLAGS_num_classes == 0 || !FLAGS_finetune_layers.empty(),
          "--num_classes changes the last of --finetune_layers; name that");
  Require(FLAGS_on_nan == "stop" || FLAGS_on_nan == "warn",
          "--on_nan=", FLAGS_on_nan, " is neither stop nor warn");
}

std::string StartingPoint(const SolverSource& source) {
  if (!FLAGS_resume) return FLAGS_snapshot;
  const std::string snapshot = NewestSnapshot(source);
  if (snapshot.empty()) LOG(INFO) << "no snapshot to go on from; starting anew";
  return snapshot;
}

FineTuning FineTuningOf(const SolverSource& source,
                        const std::string& snapshot) {
  Require(!WeightsFiles(source.solver).empty() || !snapshot.empty(),
          "--finetune_layers needs trained layers below; --weights=FILE names "
          "them");
  return {SplitText(FLAGS_finetune_layers, ','), FLAGS_num_classes};
}

// On several GPUs this goes on in a process for each, and --device then names
// its own. Rank 0 alone says how training goes.
std::shared_ptr<Ranks> SpreadOverGpus() {
  const std::vector<std::string> devices = SplitDevices(FLAGS_device);
  if (devices.size() == 1) return nullptr;
  const std::string why = WhyNoNccl();
  Require(why.empty(), why);
  std::shared_ptr<Ranks> ranks = StartRanks(devices);
  FLAGS_device = devices[ranks->rank()];
  if (ranks->rank() > 0) FLAGS_minloglevel = google::GLOG_ERROR;
  return ranks;
}

// Loaders of all processes share the processor.
int LoaderThreads(const Ranks* ranks) {
  if (ranks == nullptr) return 0;
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::max(1, cores / 2 / ranks->count());
}

void Train(const std::shared_ptr<Ranks>& ranks) {
  SolverSource source = ReadSolver(FLAGS_solver, Unknown(FLAGS_lenient));
  OverrideFromFlags(&source.solver);
  if (!FLAGS_weights.empty()) {
    source.solver.clear_weights();
    source.solver.add_weights(FLAGS_weights);
  }
  Solver::Options options;
  options.snapshot = StartingPoint(source);
  options.ranks = ranks;
  const bool first = ranks == nullptr || ranks->rank() == 0;
  if (first) options.action = SignalledAction;
  options.stop_at_nan = FLAGS_on_nan == "stop";
  options.allow_unmatched = FLAGS_allow_unmatched;
  options.reuse_memory = true;
  options.cuda_graph = FLAGS_cuda_graph;
  const Context context = RunContext(LoaderThreads(ranks.get()));
  if (!FLAGS_finetune_layers.empty()) {
    options.fine_tuning = FineTuningOf(source, options.snapshot);
    TellTuning(source, options.fine_tuning, context);
  }
  if (first) WatchSignals();
  Solver(source, context, options).Solve();
}

void Main() {
  CheckFlags();
  const std::shared_ptr<Ranks> ranks = SpreadOverGpus();
  try {
    Train(ranks);
  } catch (Error& error) {
    if (ranks == nullptr || ranks->rank() == 0) throw;
    // What fails on all GPUs is told by the first, which then ends all.
    std::this_thread::sleep_for(std::chrono::seconds(3));
    throw error.Prefix("on " + FLAGS_device);
  }
}

}  // namespace
}  // namespace doppio

int main(int argc, char** argv) {
  return doppio::RunTool(argc, argv, __FILE__, doppio::kUsage, doppio::Main);
}
