#pragma once

#include <string>

#include "doppio/prototxt.h"
#include "legacy.pb.h"

namespace doppio {

// Brings a net that was written for an older Caffe into today's form:
// - `input` with `input_shape` or `input_dim` becomes a layer "input" of type
//   Input before all others; `line` is where it stands in the file.
// - The statistics of a BatchNorm layer with three `param` entries get a
//   learning rate of 0.
// Keeps layer_lines parallel to the layers. Throws Error, without the place,
// for what is too old.
void Upgrade(NetSource* source, int line);
void Upgrade(NetParameter* net);

// Brings `solver_type` into `type`.
void Upgrade(SolverParameter* solver);

// Today's name of a layer type of the second format; empty for NONE.
std::string TypeOfOldLayer(V1LayerParameter::LayerType type);

// Today's name of a layer type of the first format; a name unknown there
// stays.
std::string TypeOfOldName(const std::string& name);

}  // namespace doppio
