#pragma once

#include "solver.pb.h"

namespace doppio {

// Throws Error if fields are missing, contradict each other, or make no sense:
// before anything is built, let alone trained.
void CheckSolver(const SolverParameter& param);

}  // namespace doppio
