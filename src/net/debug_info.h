#pragma once

#include <deque>

#include "doppio/net.h"

namespace doppio {

// With `debug_info: true`: mean absolute values of what a step has just
// computed, one line each, to find where numbers vanish or explode.
void LogForward(const Step& step, const std::deque<Place>& places);
void LogBackward(const Step& step, const std::deque<Place>& places);

}  // namespace doppio
