#pragma once

#include "../block.h"
#include "program.h"

namespace emulator::ptx {

// The memory at the step's address, which is in slot `at`, once the access has
// been found to be inside something and aligned. Fails the kernel otherwise.
char* Reach(Frame& frame, const Step& step, int at, size_t bytes, Kind kind);

// The generic address of the block's shared memory.
uint64_t SharedBase();

}  // namespace emulator::ptx
