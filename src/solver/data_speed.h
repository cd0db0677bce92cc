#pragma once

#include <functional>

#include "doppio/net.h"

namespace doppio {

// Images per second.
struct DataSpeed {
  double alone = 0;     // of the data layers, with nothing else to do
  double together = 0;  // of the whole net, data layers included
};

// Times so many batches of a net's Data and ImageData layers: alone, and with
// the whole net, which runs forward, backward if `backward`, and then calls
// `update`, unless it is null, on the net made for that. What was read ahead
// before does not count.
DataSpeed MeasureData(const NetSource& source, const Context& context,
                      int batches, bool backward,
                      const std::function<void(Net*)>& update);

}  // namespace doppio
