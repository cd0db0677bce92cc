#pragma once

#include "doppio/context.h"

namespace doppio {

// Gives cuBLAS memory of ours, once, since what it allocates by itself while a
// stream is recorded would become part of the graph.
void GiveBlasWorkspace(const Context& context);

}  // namespace doppio
