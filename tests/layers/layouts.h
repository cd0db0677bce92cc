#pragma once

#include <string>
#include <vector>

#include "layers/layer_test.h"

namespace doppio {

// Plans a run's layer anew for bottoms that arrive in these layouts, and moves
// its blobs to what the layer then takes and gives.
void Relayout(LayerRun* run, const Layouts& arriving);

// Fails unless Forward and Backward give the same when the bottoms arrive
// blocked by channels as when they are row-major, and leave padding at zero; on
// the CPU, which alone has such layouts.
// Returns the layout of the first top.
LayoutPtr ExpectSameBlocked(const std::string& text,
                            const std::vector<Values>& bottoms,
                            int channels_per_block = 8);

// Fails unless the layer runs in place, with the same result as otherwise.
void ExpectSameInPlace(const std::string& text, const Values& bottom,
                       Device device);

// Both of these, with padding and without, for a layer that maps each element
// by itself; in place only if the layer says that it can be.
void CheckElementwise(const std::string& text, Device device);

}  // namespace doppio
