#pragma once

#include <string>

#include "doppio/context.h"

namespace doppio {

// What a measurement ran on, in one line: processor, threads, libraries, and
// those settings of the environment that change their speed.
std::string DescribeMachine(const Context& context);

}  // namespace doppio
