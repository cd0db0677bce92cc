#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "doppio/context.h"
#include "doppio/net.h"

namespace doppio {

// Lets each layer choose the layouts of what it takes and gives, and inserts a
// Reorder step wherever a layer wants its bottom otherwise than it comes, or on
// another device. The first `done` steps have been planned before and stay as
// they are. `settle_params` is called after each layer's choice, to give its
// parameters memory.
void PlanLayouts(const Context& context, size_t done,
                 const std::function<void(Layer*)>& settle_params,
                 std::vector<Step>* steps, std::deque<Place>* places);

}  // namespace doppio
