#pragma once

#include "doppio/prototxt.h"

namespace doppio {

// Gives each blob one reader: where several layers (or a layer and the loss)
// take the same top, a Split after its maker hands a copy to each. A layer that
// works in place starts a new blob of the same name. Throws Error where the old
// one has other readers.
NetSource InsertSplits(const NetSource& source);

}  // namespace doppio
