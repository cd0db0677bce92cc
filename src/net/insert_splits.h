#pragma once

#include "doppio/prototxt.h"

namespace doppio {

// Gives each blob one reader: where several layers (or a layer and the loss)
// take the same top, a Split after its maker hands a copy to each. A layer that
// works in place starts a new blob of the same name.
NetSource InsertSplits(const NetSource& source);

}  // namespace doppio
