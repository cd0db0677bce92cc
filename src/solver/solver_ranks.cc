// How the solvers of several processes train as one.

#include "device/ranks.h"
#include "doppio/solver.h"
#include "solver/gradient_average.h"

namespace doppio {

// Whatever keeps rank 0 from training has come up before the others begin.
void Solver::Join() {
  options_.ranks->Begin(seed_);
  average_ = std::make_unique<GradientAverage>(options_.ranks.get(), *net_);
}

// All go on from here as rank 0 does, which was asked to stop or has tested.
void Solver::Agree() {
  if (options_.ranks == nullptr) return;
  const std::string said = options_.ranks->FromFirst(
      std::string({stopped_ ? 'y' : 'n', snapshot_wanted_ ? 'y' : 'n'}) +
      plateau_.SerializeAsString());
  stopped_ = said[0] == 'y';
  snapshot_wanted_ = said[1] == 'y';
  plateau_.ParseFromString(said.substr(2));
}

// What is shown and saved is the loss of the whole batch. Each rank gathers its
// own until then, so that no iteration has to wait for the others' losses.
void Solver::AverageLosses() {
  if (options_.ranks == nullptr) return;
  std::vector<float> losses(recent_losses_.begin(), recent_losses_.end());
  options_.ranks->Average(&losses);
  recent_losses_.assign(losses.begin(), losses.end());
}

void Solver::AverageScores(std::vector<Score>* scores) const {
  if (options_.ranks == nullptr) return;
  for (Score& score : *scores) options_.ranks->Average(&score.values);
}

}  // namespace doppio
