#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "doppio/context.h"
#include "doppio/net.h"
#include "doppio/prototxt.h"

namespace doppio {

class GradientAverage;
class Optimizer;
class Passes;
class Progress;
class Ranks;
struct TrainingPass;
struct Watched;

// The values of a net's output, or their means over several batches.
struct Score {
  std::string name;
  std::vector<float> values;
  float loss_weight = 0;
};

struct Evaluation {
  std::vector<Score> scores;
  float loss = 0;        // the mean of the net's total loss
  bool complete = true;  // false if it was stopped early
};

// Training a net's last layers on top of what others have learned.
struct FineTuning {
  // The layers to train, all others being frozen; none trains all.
  std::vector<std::string> layers;
  // Outputs of the last of them, which then starts afresh; 0 keeps the net's.
  int classes = 0;
};

// Trains a net as a solver prototxt says: runs it forward and backward, updates
// its parameters, tests, shows progress, takes snapshots.
//
// N iterations give the same bytes as k iterations, a snapshot, and N - k
// iterations after its restoration, on the same number of threads.
class Solver {
 public:
  // What a training run is asked from outside.
  enum class Action {
    kNone,
    kSnapshot,  // write one and go on
    kStop,      // write one and end
  };

  struct Options {
    // A .solverstate to go on from.
    std::string snapshot;
    // Asked once per iteration, and between the batches of a test. A GPU may
    // then still be computing what loss() does not count yet.
    std::function<Action()> action = [] { return Action::kNone; };
    // A loss that is not finite throws Error, its iteration having updated
    // nothing; otherwise it is told once.
    bool stop_at_nan = true;
    // Model files to start from may have no layer of the net; otherwise that
    // throws Error.
    bool allow_unmatched = false;
    // Saves memory; afterwards only inputs, outputs and parameters of the nets
    // can be looked at.
    bool reuse_memory = false;
    // Gives a GPU the passes of an iteration as graphs, not kernel by kernel.
    bool cuda_graph = false;
    FineTuning fine_tuning;
    // The processes that train this net together, each with its share of every
    // batch; null if this one is alone. All of them make the same calls; rank
    // 0 is asked for actions, tests, and writes snapshots.
    std::shared_ptr<Ranks> ranks;
  };

  // Builds all nets. Throws Error for whatever does not fit together, for an
  // unknown policy or rule, and for snapshots that could not be written later.
  // The context's seed gives way to random_seed and to a snapshot's.
  explicit Solver(const SolverSource& source,
                  const Context& context = Context());
  Solver(const SolverSource& source, const Context& context, Options options);
  ~Solver();

  // Trains until max_iter, until stop_patience ends it, or until asked to stop.
  void Solve();
  // Trains for that many iterations more, or until one of the latter.
  void Step(int iterations);
  // Runs every test net for its test_iter batches or on its whole set, and logs
  // the means. What they say may lower the learning rate or end training.
  std::vector<Evaluation> Test();
  // Writes the weights, then the state; returns the state's file.
  std::string Snapshot();
  // Goes on from a state and the model file that belongs to it, whether written
  // here or by Caffe. Throws Error if it does not fit this solver and its net.
  void Restore(const std::string& state_file);

  int iteration() const { return iteration_; }  // iterations done
  bool stopped() const { return stopped_; }     // by Action::kStop
  uint64_t seed() const { return seed_; }
  // The mean over the latest average_loss iterations.
  float loss() const;
  float learning_rate() const;

  Net& net() { return *net_; }
  const std::vector<std::unique_ptr<Net>>& test_nets() const {
    return test_nets_;
  }

 private:
  uint64_t ChooseSeed() const;
  void BuildNets();
  void Join();
  NetSource Tuned(NetSource net);
  void TellStart() const;
  void Iterate();
  void LookAtNext();
  void LookAtAll();
  void Finish();
  bool TestDue() const;
  int TestBatches(size_t net) const;
  void Tell(size_t net, const Evaluation& result) const;
  void Watch(const std::vector<Evaluation>& results);
  void KeepBest(const std::string& output);
  bool Ended() const;  // by stop_patience
  bool AskedToStop();
  void Agree();
  bool first() const { return context_.rank() == 0; }
  int64_t ImagesPerIteration() const;
  void Remember(float loss);
  void AverageLosses();
  void AverageScores(std::vector<Score>* scores) const;
  void Show();
  void NotFinite(const TrainingPass& pass);
  void SaveAllCarried(SolverState* state) const;
  NetParameter Parameters() const;
  void SnapshotOnce();
  void GoOnFrom(const SolverState& state);

  SolverSource source_;
  const SolverParameter& param_ = source_.solver;  // epochs become iterations
  const Context context_;
  const Options options_;
  const std::string prefix_;  // of snapshots
  uint64_t seed_ = 0;

  std::unique_ptr<Net> net_;
  std::vector<std::unique_ptr<Net>> test_nets_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Passes> passes_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<Watched> watched_;  // null if tests decide nothing
  // Null if alone. Goes first, since what waits for the GPU could else wait for
  // a process that has ended.
  std::unique_ptr<GradientAverage> average_;

  int iteration_ = 0;
  int64_t tests_done_ = 0;
  PlateauState plateau_;
  double losses_ = 0;  // of the passes of an iteration
  std::deque<float> recent_losses_;
  std::string afresh_;  // the layer that takes no weights
  std::string saved_;   // the state file of this very moment, if there is one
  bool stopped_ = false;
  bool snapshot_wanted_ = false;
  bool told_nan_ = false;
};

// The newest snapshot of the solver's prefix that is complete and undamaged;
// empty if there is none. Logs why others were passed over.
std::string NewestSnapshot(const SolverSource& source);

}  // namespace doppio
