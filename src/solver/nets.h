#pragma once

#include <string>
#include <vector>

#include "doppio/prototxt.h"

namespace doppio {

// The nets that a solver names, read from their files, each with the state it
// is to be built in. The solver has passed CheckSolver.
NetSource TrainNet(const SolverSource& source);
std::vector<NetSource> TestNets(const SolverSource& source);

// What the solver multiplies gradients by on their way through its training
// net.
float LossScale(const SolverParameter& param, const NetParameter& net);

// How many test nets the solver asks for.
int CountTestNets(const SolverParameter& param);

// `path` as Caffe takes it, from the working directory; what is not there may
// lie beside the solver file.
std::string FindBeside(const std::string& path, const std::string& solver_file);

}  // namespace doppio
