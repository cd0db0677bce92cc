#include "solver/nets.h"

#include <algorithm>
#include <filesystem>

#include "doppio/error.h"
#include "solver/epochs.h"

namespace doppio {
namespace {

namespace fs = std::filesystem;

bool Exists(const fs::path& path) {
  std::error_code unreadable;
  return fs::exists(path, unreadable);
}

NetSource ReadFrom(const std::string& path, const SolverSource& source) {
  const std::string file = FindBeside(path, source.file);
  Require(Exists(file), source.file, ": net file \"", path,
          "\" is neither in the working directory nor beside the solver file");
  return ReadNet(file, source.unknown);
}

NetSource InPlace(const NetParameter& net, const SolverSource& source) {
  return {net, source.file, std::vector<int>(net.layer_size())};
}

// Caffe's precedence: the phase, then what the net itself says, then what the
// solver says.
void Enter(Phase phase, const NetState& solvers, NetSource* source) {
  NetState state;
  state.set_phase(phase);
  state.MergeFrom(source->net.state());
  state.MergeFrom(solvers);
  *source->net.mutable_state() = state;
}

// Settings of the solver that cover all its nets.
void AddSettings(const SolverParameter& param, NetSource* source) {
  if (param.debug_info()) source->net.set_debug_info(true);
  if (!param.winograd()) source->net.set_winograd(false);
  if (param.has_precision()) source->net.set_precision(param.precision());
}

}  // namespace

std::string FindBeside(const std::string& path,
                       const std::string& solver_file) {
  if (Exists(path)) return path;
  const fs::path beside = fs::path(solver_file).parent_path() / path;
  return Exists(beside) ? beside.string() : path;
}

NetSource TrainNet(const SolverSource& source) {
  const SolverParameter& param = source.solver;
  NetSource net = param.has_net()         ? ReadFrom(param.net(), source)
                  : param.has_train_net() ? ReadFrom(param.train_net(), source)
                  : param.has_net_param()
                      ? InPlace(param.net_param(), source)
                      : InPlace(param.train_net_param(), source);
  Enter(TRAIN, param.train_state(), &net);
  AddSettings(param, &net);
  return net;
}

std::vector<NetSource> TestNets(const SolverSource& source) {
  const SolverParameter& param = source.solver;
  std::vector<NetSource> nets;
  for (const NetParameter& net : param.test_net_param()) {
    nets.push_back(InPlace(net, source));
  }
  for (const std::string& file : param.test_net()) {
    nets.push_back(ReadFrom(file, source));
  }
  const size_t tests = CountTestNets(param);
  if (nets.size() < tests) {
    nets.resize(tests, param.has_net() ? ReadFrom(param.net(), source)
                                       : InPlace(param.net_param(), source));
  }
  for (size_t i = 0; i < nets.size(); ++i) {
    const bool own_state = param.test_state_size() > 0;
    Enter(TEST, own_state ? param.test_state(i) : NetState(), &nets[i]);
    AddSettings(param, &nets[i]);
    if (param.test_whole_set()) CutLastBatches(&nets[i].net);
  }
  return nets;
}

float LossScale(const SolverParameter& param, const NetParameter& net) {
  if (param.has_loss_scale()) return param.loss_scale();
  return net.precision() == FP16 ? 1024 : 1;
}

int CountTestNets(const SolverParameter& param) {
  if (!param.test_whole_set()) return param.test_iter_size();
  const int own = param.test_net_param_size() + param.test_net_size();
  const bool general = param.has_net() || param.has_net_param();
  return std::max(param.test_state_size(), own > 0 || !general ? own : 1);
}

}  // namespace doppio
