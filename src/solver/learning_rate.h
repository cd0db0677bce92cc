#pragma once

#include "solver.pb.h"

namespace doppio {

// The learning rate at an iteration, the first being 0: what lr_policy and the
// fields it reads say, before any lr_mult. `reductions` is how often the tests
// have let the policy plateau lower it.
float LearningRate(const SolverParameter& param, int iteration,
                   int reductions = 0);

// How often the policies step and multistep have multiplied by gamma when
// `iteration` is computed; 0 for the others. Caffe keeps it in its snapshots.
int LearningRateSteps(const SolverParameter& param, int iteration);

// Throws Error if there is no such policy, or if what it needs is missing.
void CheckLearningRate(const SolverParameter& param);

}  // namespace doppio
