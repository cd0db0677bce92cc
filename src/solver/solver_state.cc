// What a Solver writes into its snapshots, and how it goes on from them.

#include <glog/logging.h>

#include <algorithm>

#include "device/ranks.h"
#include "doppio/error.h"
#include "doppio/solver.h"
#include "io/blob_proto.h"
#include "solver/carried.h"
#include "solver/identity.h"
#include "solver/learning_rate.h"
#include "solver/optimizer.h"
#include "solver/passes.h"
#include "solver/plateau.h"
#include "solver/positions.h"
#include "solver/progress.h"
#include "solver/snapshot.h"
#include "solver/state_file.h"

namespace doppio {
namespace {

std::string TestName(size_t i) { return "test " + std::to_string(i); }

// Of the training net of one of several processes.
std::string TrainName(int rank) {
  return rank == 0 ? "train" : "train of rank " + std::to_string(rank);
}

void SavePositions(const std::string& name, const Net& net,
                   SolverState* state) {
  for (const auto& entry : PositionsOf(net)) {
    DataPosition* position = state->add_data_position();
    position->set_net(name);
    position->set_layer(entry.first);
    position->set_next_sample(entry.second);
  }
}

Positions SavedPositions(const std::string& name, const SolverState& state) {
  Positions positions;
  for (const DataPosition& position : state.data_position()) {
    if (position.net() == name) {
      positions[position.layer()] = position.next_sample();
    }
  }
  return positions;
}

}  // namespace

std::string Solver::Snapshot() {
  LookAtAll();
  AverageLosses();
  SolverState state;
  SaveAllCarried(&state);
  const auto format = param_.snapshot_format();
  const std::string file = StateFile(prefix_, iteration_, format);
  if (!first()) {
    snapshot_wanted_ = false;
    return saved_ = file;
  }
  state.set_iter(iteration_);
  state.set_current_step(
      LearningRateSteps(param_, std::max(iteration_ - 1, 0)));
  state.set_random_seed(seed_);
  state.set_solver_type(param_.type());
  for (const float loss : recent_losses_) state.add_recent_losses(loss);
  state.set_test_passes(tests_done_);
  if (watched_ != nullptr) *state.mutable_plateau() = plateau_;
  SavePositions("train", *net_, &state);
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    SavePositions(TestName(i), *test_nets_[i], &state);
    SaveCarried(TestName(i), *test_nets_[i], &state);
  }
  WriteModel(prefix_, format, Parameters(), &state);
  optimizer_->SaveHistory(&state);
  saved_ = file;
  WriteState(saved_, state);
  snapshot_wanted_ = false;
  LOG(INFO) << "snapshot " << saved_;
  if (param_.keep_last() > 0) {
    RemoveOldSnapshots(prefix_, iteration_, param_.keep_last());
  }
  return saved_;
}

// Of the training nets of all ranks, into a state that is empty so far.
void Solver::SaveAllCarried(SolverState* state) const {
  SaveCarried(TrainName(context_.rank()), *net_, state);
  if (options_.ranks == nullptr) return;
  const auto all = options_.ranks->ToFirst(state->SerializeAsString());
  for (size_t rank = 1; rank < all.size(); ++rank) {
    state->MergeFromString(all[rank]);
  }
}

NetParameter Solver::Parameters() const {
  NetParameter parameters = net_->ToProto();
  if (!param_.snapshot_diff()) return parameters;
  for (LayerParameter& layer : *parameters.mutable_layer()) {
    const std::vector<Parameter>& params = net_->layer(layer.name())->params();
    for (int i = 0; i < layer.blobs_size(); ++i) {
      if (params[i].blob.diff.empty()) continue;
      AddDiffs(params[i].blob.diff, layer.mutable_blobs(i));
    }
  }
  return parameters;
}

void Solver::SnapshotOnce() {
  const auto format = param_.snapshot_format();
  if (saved_ != StateFile(prefix_, iteration_, format)) Snapshot();
  snapshot_wanted_ = false;
}

void Solver::Restore(const std::string& state_file) {
  const SavedRun saved = ReadSnapshot(state_file);
  const SolverState& state = saved.state;
  Require(!state.has_solver_type() || state.solver_type() == param_.type(),
          "snapshot ", state_file, " was made by solver type \"",
          state.solver_type(), "\", but ", source_.file, " says \"",
          param_.type(), "\"");
  const bool other_seed =
      state.has_random_seed() && state.random_seed() != seed_;
  if (net_ == nullptr || other_seed) {
    seed_ = state.has_random_seed() ? state.random_seed() : ChooseSeed();
    BuildNets();
  }
  const NetIdentity here = IdentityOf(*net_);
  Require(!state.has_net_hash() || state.net_hash() == HashOf(here),
          "snapshot ", state_file, " was made with another net: ",
          Difference(IdentityOf(saved.weights), here));
  try {
    optimizer_->CheckHistory(state);
  } catch (Error& error) {
    throw error.Prefix("snapshot " + state_file);
  }
  net_->CopyWeights(saved.weights);
  optimizer_->RestoreHistory(state);
  GoOnFrom(state);
  saved_ = state_file;
  LOG(INFO) << "going on from " << state_file << ", iteration " << iteration_;
}

// Everything but the parameters and the rule's memory.
void Solver::GoOnFrom(const SolverState& state) {
  passes_->Drop();
  iteration_ = state.iter();
  tests_done_ = state.test_passes();
  plateau_ = state.plateau();
  recent_losses_.assign(state.recent_losses().begin(),
                        state.recent_losses().end());
  net_->set_pass(static_cast<uint64_t>(iteration_) * param_.iter_size());
  Seek(SavedPositions("train", state), net_.get());
  RestoreCarried(TrainName(context_.rank()), state, net_.get());
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    Seek(SavedPositions(TestName(i), state), test_nets_[i].get());
    RestoreCarried(TestName(i), state, test_nets_[i].get());
  }
}

}  // namespace doppio
