#pragma once

#include <deque>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// Makes the layers of `source` and connects them by the names of their blobs.
void WireLayers(const NetSource& source, const Context& context,
                std::vector<Step>* steps, std::deque<Place>* places);

}  // namespace doppio
