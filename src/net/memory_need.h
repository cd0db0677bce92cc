#pragma once

#include <cstddef>
#include <string>

#include "doppio/net.h"

namespace doppio {

// Bytes that running a net takes, by what for.
struct MemoryNeed {
  size_t blobs = 0;  // data and diffs between the layers
  size_t parameters = 0;
  size_t gradients = 0;  // of the parameters
  size_t history = 0;    // what the update rule remembers
  size_t layers = 0;     // what layers keep for themselves
  size_t scratch = 0;    // of whichever layer computes
  size_t total() const;
};

// Of a net as it is planned, whether it has its memory already or not. The
// update rule remembers `histories` numbers per parameter, 0 for a net that is
// not trained.
MemoryNeed PredictMemory(const Net& net, const Context& context, int histories);

// "935.21 MiB: blobs 250.00, parameters 232.56, ..."
std::string ToString(const MemoryNeed& need);

}  // namespace doppio
