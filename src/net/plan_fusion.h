#pragma once

#include <deque>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// Lets layers do the work of those that alone read their tops, see
// Layer::CanAbsorb; a step whose work is done elsewhere stays in its place, but
// does not run. The first `done` steps stay as they are. With `keep_blobs`,
// data and diffs of all blobs can be looked at after a pass: only steps in
// place are absorbed that leave the same diff, a ReLU's but no Scale's.
void PlanFusion(size_t done, bool keep_blobs, std::vector<Step>* steps);

}  // namespace doppio
