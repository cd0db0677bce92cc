#pragma once

#include <set>
#include <vector>

#include "doppio/context.h"
#include "doppio/net.h"

namespace doppio {

// Lets parameters of one name (ParamSpec.name) share their owner's memory, the
// owner being the first layer that has it, and lists what a solver updates.
// With `allocate` false, sharing is checked but no memory taken.
std::vector<Learnable> ShareParams(const Context& context, bool allocate,
                                   std::vector<Step>* steps);

// Lets the layers share the memory of the layers of the same name in `from`.
void ShareParamsOf(Net* from, std::vector<Step>* steps);

// Gives the layer's parameters memory as it wishes them to lie, and their
// fillers' values, unless they have memory already.
void AllocateParams(const Context& context, Layer* layer);

// Gives the parameters that learn a diff. Returns those of them to whose diff
// Backward adds, because another layer that shares it has written it before.
std::set<const Parameter*> AllocateParamDiffs(std::vector<Step>* steps);

}  // namespace doppio
