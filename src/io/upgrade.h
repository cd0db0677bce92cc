#pragma once

#include "doppio/prototxt.h"

namespace doppio {

// Brings a net that was written for an older Caffe into today's form:
// - Layers of the two older formats, `layers`, become today's `layer`.
// - `input` with `input_shape` or `input_dim` becomes a layer "input" of type
//   Input before all others; `line` is where it stands in the file.
// - The statistics of a BatchNorm layer with three `param` entries get a
//   learning rate of 0.
// layer_lines are those of the layers, of whichever format. Throws Error, with
// the place as far as it is known, for what makes no sense.
void Upgrade(NetSource* source, int line);
void Upgrade(NetParameter* net);

// Brings `solver_type` into `type`, and upgrades the nets within.
void Upgrade(SolverParameter* solver);

}  // namespace doppio
