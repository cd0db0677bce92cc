#pragma once

#include "doppio/layer.h"

namespace doppio {

// For layers whose one top is the bottom's data under another shape.

inline LayerTraits SharingTraits() {
  LayerTraits t;
  t.shares_data = true;
  t.backward_reads_bottoms = false;
  t.backward_reads_tops = false;
  return t;
}

// The top's diff, brought to the bottom unless it is there already.
inline void PassDiff(const Blob& top, Blob* bottom) {
  if (bottom->diff.storage() == top.diff.storage()) return;
  bottom->diff.CopyFrom(top.diff.Reshaped(bottom->diff.shape()));
}

}  // namespace doppio
