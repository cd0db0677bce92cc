// How a Solver tests its nets, and what follows from that.

#include <glog/logging.h>

#include <filesystem>

#include "doppio/solver.h"
#include "io/weights.h"
#include "solver/epochs.h"
#include "solver/evaluation.h"
#include "solver/plateau.h"
#include "solver/positions.h"
#include "solver/snapshot.h"

namespace doppio {
namespace {

// An earlier run's best may have cost days.
void PutAside(const std::string& file) {
  if (!std::filesystem::exists(file)) return;
  std::filesystem::rename(file, file + ".before");
  LOG(INFO) << file << " was there from an earlier run; it is now " << file
            << ".before";
}

}  // namespace

bool Solver::TestDue() const {
  return param_.test_interval() > 0 &&
         iteration_ % param_.test_interval() == 0 &&
         (iteration_ > 0 || param_.test_initialization());
}

int Solver::TestBatches(size_t net) const {
  return param_.test_whole_set() ? BatchesOfWholeSet(*test_nets_[net])
                                 : param_.test_iter(net);
}

std::vector<Evaluation> Solver::Test() {
  LookAtAll();
  std::vector<Positions> before;
  for (const auto& net : test_nets_) before.push_back(PositionsOf(*net));
  std::vector<Evaluation> results;
  for (size_t i = 0; i < test_nets_.size(); ++i) {
    const int batches = TestBatches(i);
    if (param_.test_whole_set()) SeekEpoch(test_nets_[i].get());
    test_nets_[i]->set_pass(tests_done_ * batches);
    results.push_back(Evaluate(test_nets_[i].get(), batches,
                               [this] { return AskedToStop(); }));
    if (!results.back().complete) break;
    if (batches > 0) Tell(i, results.back());
  }
  if (stopped_) {
    // The test will be made anew, from the same samples on.
    for (size_t i = 0; i < test_nets_.size(); ++i) {
      Seek(before[i], test_nets_[i].get());
    }
  } else {
    ++tests_done_;
    if (watched_ != nullptr) Watch(results);
  }
  Agree();
  return results;
}

void Solver::Tell(size_t net, const Evaluation& result) const {
  std::string values = ToString(result.scores);
  if (param_.test_compute_loss()) {
    values += (values.empty() ? "" : ", ") + std::string("total loss ") +
              FormatValue(result.loss);
  }
  LOG(INFO) << "test net " << net << " at iteration " << iteration_ << ": "
            << values;
}

void Solver::Watch(const std::vector<Evaluation>& results) {
  const Score& score = results[watched_->net].scores[watched_->output];
  const PlateauState before = plateau_;
  const float rate = learning_rate();
  plateau_ = After(param_, before, watched_->higher_is_better, score.values[0],
                   iteration_);
  if (iteration_ <= before.last_iter()) return;
  const std::string best = score.name + " has not improved on " +
                           FormatValue(plateau_.best()) + " of iteration " +
                           std::to_string(plateau_.best_iter());
  if (plateau_.reductions() > before.reductions()) {
    LOG(INFO) << best << " for " << param_.patience()
              << " tests; the rate falls from " << rate << " to "
              << learning_rate();
  }
  if (Ended()) {
    LOG(INFO) << best << " for " << param_.stop_patience()
              << " tests; training ends";
  }
  if (!param_.keep_best() || !Improved(plateau_)) return;
  if (!before.has_best()) {
    PutAside(BestFile(prefix_, param_.snapshot_format()));
  }
  KeepBest(score.name);
}

void Solver::KeepBest(const std::string& output) {
  const std::string file = BestFile(prefix_, param_.snapshot_format());
  WriteWeights(file, Parameters());
  LOG(INFO) << "best " << output << " so far, " << FormatValue(plateau_.best())
            << "; its parameters are in " << file;
}

bool Solver::Ended() const { return HasEnded(param_, plateau_); }

}  // namespace doppio
