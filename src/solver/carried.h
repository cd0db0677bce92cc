#pragma once

#include <string>

#include "doppio/net.h"
#include "solver.pb.h"

namespace doppio {

// What the layers of a net keep from one batch for the next, into a snapshot
// under the name `net_name`.
void SaveCarried(const std::string& net_name, const Net& net,
                 SolverState* state);

// Gives it back to the layers; those without a record start afresh.
void RestoreCarried(const std::string& net_name, const SolverState& state,
                    Net* net);

}  // namespace doppio
