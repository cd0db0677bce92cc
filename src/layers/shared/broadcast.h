#pragma once

#include "doppio/tensor.h"
#include "layers/shared/channels.h"

namespace doppio {

// What Scale and Bias have in common: an operand of fewer axes than the bottom
// meets the bottom's axes from `axis` on, and repeats over the rest.

// The shape of an operand that the layer learns: the bottom's axes from `axis`
// on, `num_axes` of them, or all with -1.
Shape OperandShape(const Shape& bottom, int axis, int num_axes);

// The bottom as number x channels x inner, where the operand's elements are the
// channels. Throws Error if the shapes do not agree.
ChannelView ViewBroadcast(const Shape& bottom, int axis, const Shape& operand);

// Whether the operand's elements are the channels of N x C x ... images, so
// that the bottom may lie in blocks of channels.
bool IsPerChannel(const Shape& bottom, int axis, const Shape& operand);

}  // namespace doppio
