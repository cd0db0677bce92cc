#pragma once

#include <memory>
#include <string>
#include <vector>

#include "doppio/net.h"
#include "doppio/solver.h"
#include "solver.pb.h"

namespace doppio {

// Whether tests decide anything: the policy plateau, stop_patience, keep_best.
bool WatchesTests(const SolverParameter& param);

// The output of the test nets that they decide by.
struct Watched {
  size_t net = 0;
  size_t output = 0;  // of that net
  bool higher_is_better = false;
};

// Throws Error if no test net has the output, if it is no single number, or if
// it is not known which of its values are good.
Watched FindWatched(const SolverParameter& param,
                    const std::vector<std::unique_ptr<Net>>& test_nets);

// What was known before, and what a test at `iteration` adds to it. A value
// that is not finite is no improvement.
PlateauState After(const SolverParameter& param, const PlateauState& before,
                   bool higher_is_better, float value, int iteration);

// Whether the latest test was the best one.
bool Improved(const PlateauState& state);

// Whether training is to end, as stop_patience says.
bool HasEnded(const SolverParameter& param, const PlateauState& state);

// Throws Error if the fields contradict each other.
void CheckPlateau(const SolverParameter& param);

}  // namespace doppio
