#pragma once

#include <string>

#include "doppio/net.h"
#include "solver/positions.h"

namespace doppio {

// Runs one forward pass again, with the same numbers drawn and the same samples
// read, in a net that keeps all its values, and says in which blob or parameter
// the first ones appear that are infinite or not a number.
std::string FirstNotFinite(const NetSource& source, const Context& context,
                           Net* net, uint64_t pass, const Positions& before);

}  // namespace doppio
