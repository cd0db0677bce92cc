#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// What makes two nets hold the same parameters: their layers' names, and the
// shapes, in order.
struct ParameterIdentity {
  std::string layer;
  int index = 0;
  Shape shape;
};
using NetIdentity = std::vector<ParameterIdentity>;

NetIdentity IdentityOf(const Net& net);
NetIdentity IdentityOf(const NetParameter& weights);

// Recorded in snapshots, so it must never change.
uint64_t HashOf(const NetIdentity& identity);

// In one sentence, what a snapshot's net has otherwise than the one here.
std::string Difference(const NetIdentity& snapshot, const NetIdentity& here);

// A hash of all the values; recorded in snapshots.
uint64_t HashOfValues(const NetParameter& weights);

}  // namespace doppio
