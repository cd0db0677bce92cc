#pragma once

#include "doppio/error.h"
#include "doppio/prototxt.h"

namespace doppio {

// The steps by which old layers become today's. Before them,
// source->layer_lines are those of net.layers.

// Layers of the first format (`layers { layer { type: "conv" } }`) become some
// of the second (`layers { type: CONVOLUTION }`). A "padding" goes into the
// window of the layer after it. Throws Error for types that format did not
// have.
void UpgradeFirstFormat(NetSource* source);

// Those of the second format move into net.layer; so do their blobs, which may
// be large. Throws Error if there are layers of today's format beside them.
void UpgradeSecondFormat(NetSource* source);

// Whether settings of a data layer say what belongs into transform_param.
template <typename Settings>
bool HasTransform(const Settings& settings) {
  return settings.has_scale() || settings.has_mean_file() ||
         settings.has_crop_size() || settings.has_mirror();
}

// `error` with file and line before it, as far as they are known.
Error At(const NetSource& source, int line, Error error);

}  // namespace doppio
