#pragma once

#include <map>
#include <memory>
#include <vector>

#include "device/update_control.h"
#include "doppio/net.h"
#include "solver.pb.h"
#include "solver/update_rule.h"

namespace doppio {

// Updates a net's learnable parameters from their gradients: clips, averages
// over iter_size, regularizes, and applies the update rule, whose memory it
// owns.
class Optimizer {
 public:
  // `param` has passed CheckSolver.
  Optimizer(const SolverParameter& param, const Net& net);

  // One update, `iteration` of them having been done before. On a GPU, none if
  // `halted`, of its memory, is not 0.
  void Apply(float learning_rate, int iteration, const float* halted = nullptr);
  // Whether all that learns lies on a GPU.
  bool AllOnGpu() const;

  // The rule's memory as Caffe stores it: one array per learnable parameter,
  // and then, if the rule has two, the second of each.
  void SaveHistory(SolverState* state) const;
  // Throws Error unless number and shapes are this net's.
  void CheckHistory(const SolverState& state) const;
  // The history has passed CheckHistory.
  void RestoreHistory(const SolverState& state);

 private:
  ParameterUpdate Scaled(const float* halted, double* norm);

  const SolverParameter param_;
  // By where parameters lie.
  std::map<Device, std::unique_ptr<UpdateRule>> rules_;
  const std::vector<Learnable>& learnables_;
  std::vector<Tensor> history_;
  UpdateControl control_;
};

}  // namespace doppio
