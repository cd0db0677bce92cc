#pragma once

#include <deque>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// Lets layers do the work of those that alone read their tops, see
// Layer::CanAbsorb; a step whose work is done elsewhere stays in its place, but
// does not run. The first `done` steps stay as they are. With `keep_blobs`, no
// blob goes away: only steps in place are absorbed.
void PlanFusion(size_t done, bool keep_blobs, std::vector<Step>* steps);

}  // namespace doppio
