#pragma once

#include <cuda_runtime_api.h>

namespace doppio {

// y and x have 64 elements unless said otherwise.

// y[i] = x[(i + 1) % 64] through shared memory; wrong without waiting.
void RunRotate(cudaStream_t s, bool wait, const float* x, float* y);
// y = x; wrong if nobody waits before shared memory is overwritten.
void RunReverseTwice(cudaStream_t s, bool wait, const float* x, float* y);
// Two blocks write each element.
void RunShiftBlocks(cudaStream_t s, const float* x, float* y);
// Half of the threads wait at another barrier.
void RunTwoBarriers(cudaStream_t s, float* y);
// y[0] = 32; wrong if only some lanes take part.
void RunSumOfWarp(cudaStream_t s, int lanes, float* y);
// One thread waits for its warp, all others for the block.
void RunWarpAgainstBarrier(cudaStream_t s, float* y);
// y[i] = x[i + by]
void RunShift(cudaStream_t s, int by, const float* x, float* y);
// Uses one float more of shared memory than it has.
void RunPastShared(cudaStream_t s, float* y);
// y = x, the pointers in a structure.
void RunCopyPair(cudaStream_t s, const float* x, float* y);
// y = x, the pointers in an array of structures with `padding`'s bytes in
// theirs.
void RunPadded(cudaStream_t s, const void* padding, const float* x, float* y);
// y = 2 x, the pointers in a closure.
void RunClosure(cudaStream_t s, const float* x, float* y);
// Writes 64 floats to what the first pointer points to.
void RunFollow(cudaStream_t s, float* const* pointers);
// *y += 64; wrong unless atomically.
void RunCount(cudaStream_t s, bool atomically, float* y);
// y[row] = the sum of x[row][...]
void RunSumRows(cudaStream_t s, int rows, int columns, const float* x,
                float* y);

}  // namespace doppio
