#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "doppio/net.h"

namespace doppio {

// How far each data layer of a net has read, by the layer's name.
using Positions = std::map<std::string, int64_t>;

Positions PositionsOf(const Net& net);

// Lets the data layers go on from there; those not named, from the beginning.
void Seek(const Positions& positions, Net* net);

}  // namespace doppio
