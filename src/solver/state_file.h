#pragma once

#include <string>

#include "solver.pb.h"

namespace doppio {

// Reads a .solverstate, binary or HDF5, ours or Caffe's.
SolverState ReadState(const std::string& path);

// Writes one, atomically; as HDF5 if the name ends with .h5, in Caffe's layout:
// numbers "iter" and "current_step", the text "learned_net", and the data sets
// history/<i>. What Caffe does not know is in one more, the text "doppio".
void WriteState(const std::string& path, const SolverState& state);

}  // namespace doppio
