#pragma once

#include <cstdint>
#include <vector>

#include "layers.pb.h"

namespace doppio {

// The sliding window of a convolution and its like: one entry per spatial axis.
struct Window {
  std::vector<int> kernel, stride, pad, dilation;

  int axes() const { return static_cast<int>(kernel.size()); }

  // Pixels from the window's first to its last, holes included.
  int64_t Span(int axis) const;

  // Places for the window along an axis of `input` pixels; throws Error if it
  // does not fit.
  int Positions(int axis, int input) const;

  // Pixels that the window covers from that many places, less the padding: the
  // inverse of Positions. Throws Error if none are left.
  int Covered(int axis, int places) const;

  // The padding behind the image that those places need: pad, or more where a
  // window hangs over.
  int FarPad(int axis, int input) const;
};

// Sizes may be given once for all axes, once per axis, or for two axes as _h
// and _w; throws Error for anything else.
Window ParseWindow(const ConvolutionParameter& param, int axes);

}  // namespace doppio
