#pragma once

#include <string>

#include "doppio/net.h"

namespace doppio {

// Copies the parameters of model files, separated by commas, into the layers of
// the same names; the later files win. Throws Error if a file has none for any
// layer, unless that is allowed, and warns of layers that no file knows: they
// keep what their fillers gave them.
void LoadWeights(const std::string& files, bool allow_unmatched, Net* net);

}  // namespace doppio
