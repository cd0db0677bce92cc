#pragma once

#include <string>

#include "doppio/net.h"

namespace doppio {

// A net as it will run with its memory reused, one line per step that runs:
// the layouts of what it takes and gives, what it has absorbed, and of each
// top's data and diff the bytes and the place in the arena.
std::string ToPlanTable(const Net& net);

}  // namespace doppio
