#pragma once

#include "doppio/prototxt.h"

namespace doppio {

// The layers of `source` that belong to its net's state: those whose include
// rules one of is met, or whose exclude rules none is. Each gets the state's
// phase, unless it names one of its own.
NetSource FilterLayers(const NetSource& source);

// Throws Error for a layer that belongs to the net and takes a blob which only
// a layer that does not belong makes before it. For what FilterLayers takes.
void RequireMakers(const NetSource& source);

}  // namespace doppio
