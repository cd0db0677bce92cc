#pragma once

#include "doppio/context.h"
#include "doppio/tensor.h"

namespace doppio {

// Layouts such as nChw16c: blocks of channels outside, the pixels within, the
// channels of a block innermost. Where the channels fill whole blocks, those
// that follow one another lie one after the other, as they do row-major.

// Channels per block, or 0 for any other layout.
int ChannelsPerBlock(const Shape& shape, const LayoutPtr& layout);

// Such a layout, with `channels` (8 or 16) per block.
LayoutPtr BlockedLayout(const Context& context, const Shape& shape,
                        int channels);

}  // namespace doppio
