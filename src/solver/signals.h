#pragma once

#include "doppio/solver.h"

namespace doppio {

// From now on SIGINT and SIGTERM ask for a snapshot and the end, SIGHUP for a
// snapshot; a second SIGINT ends the process at once, with exit code 130.
void WatchSignals();

// What signals have asked for since the last call.
Solver::Action SignalledAction();

}  // namespace doppio
