#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "device/readback.h"
#include "doppio/net.h"
#include "solver/positions.h"
#include "solver/step_graphs.h"

namespace doppio {

// A forward pass of training, and how to run it again.
struct TrainingPass {
  int iteration = 0;
  int part = 0;  // of iter_size
  uint64_t number = 0;
  Positions before;
  PassResult result;
};

// The forward passes of training, in order. On the CPU each has its result at
// once. A GPU goes on without the host having seen it, but halts updates after
// one that training cannot go on from, so that the host can come back to it.
class Passes {
 public:
  struct Options {
    bool on_gpu = false;  // whether all that learns lies there
    bool halt_at_nan = true;
    bool graphs = false;  // see StepGraphs
  };

  Passes(const Context& context, const Options& options, Net* net);

  void Forward(int iteration, int part);
  void Backward(bool accumulate);
  // The next one is to be looked at, before another may run.
  bool due() const {
    return static_cast<int>(passes_.size()) >= (readback_ ? kMost : 1);
  }
  bool empty() const { return passes_.empty(); }
  // The oldest that was not looked at.
  TrainingPass Next();
  // Forgets those that were not looked at.
  void Drop();
  // After one that halted: brings the net to where that was. Layers then refuse
  // what they had only counted.
  void Repeat(const TrainingPass& pass);

  // For updates; null where they need not ask.
  const float* halted() const {
    return readback_ ? readback_->halted() : nullptr;
  }

 private:
  static constexpr int kMost = Readback::kMost;

  void Run(const std::function<void()>& pass);

  Net* const net_;
  const bool halt_at_nan_;
  std::unique_ptr<Readback> readback_;  // null without a GPU
  std::unique_ptr<StepGraphs> graphs_;  // null without
  std::deque<TrainingPass> passes_;
};

}  // namespace doppio
