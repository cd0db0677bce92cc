#pragma once

#include <deque>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// Decides which steps Backward runs and which gradients they compute: whatever
// lies between a loss and a parameter that learns (lr_mult not 0), as
// propagate_down says otherwise, or everything with `force`.
void PlanBackward(bool force, std::vector<Step>* steps,
                  std::deque<Place>* places);

// Plans a net that only runs forward.
void PlanNoBackward(std::vector<Step>* steps);

}  // namespace doppio
