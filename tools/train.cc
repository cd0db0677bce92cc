// Trains a net as a solver prototxt says.

#include <gflags/gflags.h>
#include <glog/logging.h>

#include <exception>
#include <iostream>

#include "doppio/doppio.h"
#include "solver/signals.h"

DEFINE_string(solver, "", "The solver prototxt.");
DEFINE_string(snapshot, "", "Go on from this .solverstate.");
DEFINE_bool(resume, false,
            "Go on from the newest snapshot of the solver's snapshot_prefix "
            "that is complete; start anew if there is none.");
DEFINE_string(weights, "",
              "Start from these .caffemodel files, separated by commas, where "
              "names of layers agree.");
DEFINE_string(device, "cpu", "Where to compute.");
DEFINE_int32(threads, 0, "Threads that compute; 0 for one per core.");
DEFINE_string(on_nan, "stop",
              "What to do when the loss is no longer finite: stop, or warn and "
              "go on.");

namespace {

constexpr char kUsage[] =
    "trains a net.\n"
    "  train --solver=solver.prototxt\n"
    "  train --solver=solver.prototxt --resume\n"
    "  train --solver=solver.prototxt --weights=pretrained.caffemodel\n\n"
    "Interrupting it (Ctrl-C, SIGTERM) takes a snapshot and stops; a second\n"
    "Ctrl-C stops at once. SIGHUP takes a snapshot and goes on.";

using doppio::Require;

void CheckFlags(int arguments) {
  Require(arguments == 1, "train takes flags only; see train --help");
  Require(!FLAGS_solver.empty(),
          "--solver says what to train; see "
          "train --help");
  Require(FLAGS_snapshot.empty() || !FLAGS_resume,
          "--snapshot and --resume both say where to go on from; keep one");
  Require(FLAGS_snapshot.empty() || FLAGS_weights.empty(),
          "--snapshot and --weights both say which weights to start from; keep "
          "one");
  Require(FLAGS_device == "cpu", "--device=", FLAGS_device,
          " is not in this build; it computes on cpu");
  Require(FLAGS_threads >= 0, "--threads is ", FLAGS_threads,
          "; 0 stands for one per core");
  Require(FLAGS_on_nan == "stop" || FLAGS_on_nan == "warn",
          "--on_nan=", FLAGS_on_nan, " is neither stop nor warn");
}

std::string StartingPoint(const doppio::SolverSource& source) {
  if (!FLAGS_resume) return FLAGS_snapshot;
  const std::string snapshot = doppio::NewestSnapshot(source);
  if (snapshot.empty()) LOG(INFO) << "no snapshot to go on from; starting anew";
  return snapshot;
}

void Train() {
  doppio::SolverSource source = doppio::ReadSolver(FLAGS_solver);
  if (!FLAGS_weights.empty()) {
    source.solver.clear_weights();
    source.solver.add_weights(FLAGS_weights);
  }
  doppio::Solver::Options options;
  options.snapshot = StartingPoint(source);
  options.action = doppio::SignalledAction;
  options.stop_at_nan = FLAGS_on_nan == "stop";
  options.reuse_memory = true;
  const doppio::Context context(doppio::Device::kCpu, 1, FLAGS_threads);
  doppio::Solver solver(source, context, options);
  doppio::WatchSignals();
  solver.Solve();
}

// Progress goes to stderr in plain lines; glog's own flags can change that.
void SetUpLog(const char* program) {
  using gflags::SET_FLAGS_DEFAULT;
  gflags::SetCommandLineOptionWithMode("logtostderr", "true",
                                       SET_FLAGS_DEFAULT);
  gflags::SetCommandLineOptionWithMode("log_prefix", "false",
                                       SET_FLAGS_DEFAULT);
  google::InitGoogleLogging(program);
}

}  // namespace

int main(int argc, char** argv) {
  gflags::SetUsageMessage(kUsage);
  gflags::ParseCommandLineNonHelpFlags(&argc, &argv, true);
  std::string help;
  gflags::GetCommandLineOption("help", &help);
  if (help == "true") {
    gflags::ShowUsageWithFlagsRestrict(argv[0], "tools/train.cc");
    return 0;
  }
  gflags::HandleCommandLineHelpFlags();
  SetUpLog(argv[0]);
  try {
    CheckFlags(argc);
    Train();
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
  return 0;
}
