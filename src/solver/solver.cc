#include "doppio/solver.h"

#include <glog/logging.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <sstream>

#include "core/memory.h"
#include "device/ranks.h"
#include "doppio/error.h"
#include "io/upgrade.h"
#include "solver/check.h"
#include "solver/epochs.h"
#include "solver/evaluation.h"
#include "solver/fine_tuning.h"
#include "solver/gradient_average.h"
#include "solver/learning_rate.h"
#include "solver/nets.h"
#include "solver/not_finite.h"
#include "solver/optimizer.h"
#include "solver/passes.h"
#include "solver/plateau.h"
#include "solver/positions.h"
#include "solver/progress.h"
#include "solver/snapshot.h"

namespace doppio {
namespace {

SolverSource Checked(SolverSource source) {
  try {
    Upgrade(&source.solver);
    CheckSolver(source.solver);
  } catch (Error& error) {
    throw error.Prefix(source.file);
  }
  return source;
}

// What Caffe would do and this build does not.
void TellDifferences(const SolverParameter& param, Device device) {
  if (param.has_solver_mode() && param.solver_mode() == SolverParameter::GPU &&
      device == Device::kCpu) {
    LOG(WARNING) << "solver_mode is GPU, but this run computes on the CPU";
  }
}

// The context as one of several processes has it.
Context Own(const Context& context, const Ranks* ranks) {
  return ranks == nullptr ? context.OfRank(0, 1)
                          : context.OfRank(ranks->rank(), ranks->count());
}

}  // namespace

Solver::Solver(const SolverSource& source, const Context& context)
    : Solver(source, context, Options()) {}

Solver::Solver(const SolverSource& source, const Context& context,
               Options options)
    : source_(Checked(source)),
      context_(Own(context, options.ranks.get())),
      options_(std::move(options)),
      prefix_(SnapshotPrefix(source)) {
  TellDifferences(param_, context.device());
  if (param_.snapshot() > 0 || param_.snapshot_epochs() > 0 ||
      param_.snapshot_after_train() || param_.keep_best()) {
    CheckWritable(prefix_, param_.snapshot_format());
  }
  if (!options_.snapshot.empty()) {
    Restore(options_.snapshot);
  } else {
    seed_ = ChooseSeed();
    BuildNets();
    for (const std::string& file : WeightsFiles(param_)) {
      StartFrom(file, options_.allow_unmatched, afresh_, net_.get(),
                test_nets_);
    }
  }
  if (options_.ranks != nullptr) Join();
}

Solver::~Solver() = default;

uint64_t Solver::ChooseSeed() const {
  if (!first()) return options_.ranks->seed();
  if (param_.random_seed() >= 0) return param_.random_seed();
  const uint64_t seed = std::random_device()();
  LOG(INFO) << "random_seed: " << seed
            << " (drawn; put this line into the solver file to repeat the run)";
  return seed;
}

void Solver::BuildNets() {
  test_nets_.clear();
  const Context context = context_.WithSeed(seed_);
  Net::Options options;
  options.reuse_memory = options_.reuse_memory;
  const NetSource train = Tuned(TrainNet(source_));
  source_.solver.set_loss_scale(LossScale(param_, train.net));
  options.loss_scale = param_.loss_scale();
  net_ = std::make_unique<Net>(train, context, options);
  options.backward = false;
  options.share_with = net_.get();
  for (const NetSource& source : TestNets(source_)) {
    if (!first()) break;
    test_nets_.push_back(
        std::make_unique<Net>(Tuned(source), context.OfRank(0, 1), options));
  }
  CountEpochs(*net_, ImagesPerIteration(), &source_.solver);
  if (WatchesTests(param_) && first()) {
    watched_ = std::make_unique<Watched>(FindWatched(param_, test_nets_));
  }
  optimizer_ = std::make_unique<Optimizer>(param_, *net_);
  passes_ = std::make_unique<Passes>(
      context_,
      Passes::Options{optimizer_->AllOnGpu(), options_.stop_at_nan,
                      options_.cuda_graph},
      net_.get());
  progress_ = std::make_unique<Progress>(ImagesPerIteration());
}

int64_t Solver::ImagesPerIteration() const {
  return BatchSize(*net_) * param_.iter_size() * context_.ranks();
}

NetSource Solver::Tuned(NetSource net) {
  const std::string changed = Tune(options_.fine_tuning, context_, &net);
  if (!changed.empty()) afresh_ = changed;
  return net;
}

void Solver::Solve() {
  TellStart();
  Step(param_.max_iter() - iteration_);
  if (stopped_) {
    LOG(INFO) << "stopped after iteration " << iteration_ << "; " << saved_
              << " holds how to go on";
    return;
  }
  if (param_.snapshot_after_train()) SnapshotOnce();
  if (!Ended()) Finish();
}

void Solver::TellStart() const {
  if (Ended()) {
    LOG(WARNING) << "nothing to train: " << param_.plateau_output()
                 << " has not improved in " << plateau_.tests_since_best()
                 << " tests, and stop_patience is " << param_.stop_patience();
    return;
  }
  if (iteration_ >= param_.max_iter()) {
    LOG(WARNING) << "nothing to train: max_iter is " << param_.max_iter()
                 << ", and " << iteration_ << " iterations are done";
    return;
  }
  int64_t parameters = 0;
  for (const Learnable& learnable : net_->learnables()) {
    parameters += learnable.param->shape.count();
  }
  LOG(INFO) << "training " << (net_->name().empty() ? "a net" : net_->name())
            << " with " << param_.type() << ": " << parameters
            << " parameters, " << ImagesPerIteration()
            << " images per iteration, "
            << (context_.ranks() > 1
                    ? std::to_string(context_.ranks()) + " GPUs, "
                    : "")
            << context_.threads() << " threads";
}

void Solver::Step(int iterations) {
  const int end = iteration_ + iterations;
  stopped_ = false;
  LookAtAll();  // an Error may have kept the last call from it
  while (iteration_ < end && !stopped_ && !Ended()) {
    if (TestDue()) Test();
    if (!stopped_ && !Ended()) {
      Iterate();
      AskedToStop();
      Agree();
    }
    const bool due =
        param_.snapshot() > 0 && iteration_ % param_.snapshot() == 0;
    if (due || snapshot_wanted_ || stopped_) SnapshotOnce();
  }
  LookAtAll();
}

void Solver::Iterate() {
  progress_->Begin();
  saved_.clear();
  for (int i = 0; i < param_.iter_size(); ++i) {
    while (passes_->due()) LookAtNext();
    passes_->Forward(iteration_, i);
    if (passes_->halted() == nullptr) LookAtNext();
    if (average_ != nullptr && i + 1 == param_.iter_size()) {
      average_->Backward(net_.get(), i > 0);
    } else {
      passes_->Backward(i > 0);
    }
  }
  if (param_.display() > 0 && iteration_ % param_.display() == 0) {
    LookAtAll();
    Show();
  }
  optimizer_->Apply(learning_rate(), iteration_, passes_->halted());
  ++iteration_;
  progress_->End();
}

// What a pass has found. Where a GPU has gone on meanwhile, without updating
// anything, a pass that ends training is repeated first.
void Solver::LookAtNext() {
  const TrainingPass pass = passes_->Next();
  const bool finite = std::isfinite(pass.result.loss);
  if (pass.result.refused || (!finite && options_.stop_at_nan)) {
    iteration_ = pass.iteration;
    passes_->Repeat(pass);
  }
  Require(!pass.result.refused, "iteration ", pass.iteration,
          ": a layer was given labels that are no classes");
  if (!finite) NotFinite(pass);
  if (pass.part == 0) losses_ = 0;
  losses_ += pass.result.loss;
  if (pass.part + 1 < param_.iter_size()) return;
  Remember(static_cast<float>(losses_ / param_.iter_size()));
}

void Solver::LookAtAll() {
  while (!passes_->empty()) LookAtNext();
  // What follows waits for other ranks, or for this GPU, but never for both.
  if (options_.ranks != nullptr) Synchronize(context_.device());
}

// As Caffe does, shows the loss that the last update has led to, and tests a
// last time, where the intervals say so. What this reads from the data and
// draws is given back, so that training could go on as if nothing had been.
void Solver::Finish() {
  if (param_.display() > 0 && iteration_ % param_.display() == 0) {
    const Positions before = PositionsOf(*net_);
    const uint64_t pass = net_->pass();
    const std::deque<float> losses = recent_losses_;
    Remember(net_->Forward());
    Show();
    recent_losses_ = losses;
    net_->set_pass(pass);
    Seek(before, net_.get());
  }
  if (TestDue()) Test();
}

bool Solver::AskedToStop() {
  const Action action = options_.action();
  if (action == Action::kStop) stopped_ = true;
  if (action == Action::kSnapshot) snapshot_wanted_ = true;
  return stopped_;
}

void Solver::Remember(float loss) {
  recent_losses_.push_back(loss);
  while (static_cast<int>(recent_losses_.size()) > param_.average_loss()) {
    recent_losses_.pop_front();
  }
}

float Solver::loss() const {
  const double sum =
      std::accumulate(recent_losses_.begin(), recent_losses_.end(), 0.0);
  return recent_losses_.empty()
             ? 0
             : static_cast<float>(sum / recent_losses_.size());
}

float Solver::learning_rate() const {
  return LearningRate(param_, iteration_, plateau_.reductions());
}

void Solver::Show() {
  AverageLosses();
  std::ostringstream line;
  line << "iteration " << iteration_ << "/" << param_.max_iter() << "  loss "
       << FormatValue(loss()) << "  lr " << learning_rate();
  const std::string speed = progress_->Line(param_.max_iter() - iteration_);
  if (!speed.empty()) line << "  " << speed;
  std::vector<Score> scores = Scores(*net_);
  AverageScores(&scores);
  if (scores.size() > 1) line << "  " << ToString(scores);
  LOG(INFO) << line.str();
}

void Solver::NotFinite(const TrainingPass& pass) {
  const float loss = pass.result.loss;
  if (options_.stop_at_nan) {
    throw Error(
        "iteration ", pass.iteration, ": the loss is ", loss,
        "; the first values that are not finite are in ",
        FirstNotFinite(Tuned(TrainNet(source_)), context_.WithSeed(seed_),
                       net_.get(), pass.number, pass.before),
        "; a lower base_lr may help, or a look at the data");
  }
  if (!told_nan_) {
    LOG(WARNING) << "iteration " << pass.iteration << ": the loss is " << loss;
  }
  told_nan_ = true;
}

}  // namespace doppio
