#pragma once

#include "doppio/context.h"

namespace doppio {

// Where a layer that checks values on the GPU adds how many it refuses, for the
// host to see later; null while it has to wait and refuse them itself.
float*& DeferredFaults(const Context& context);

}  // namespace doppio
