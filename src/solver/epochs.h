#pragma once

#include <cstdint>

#include "doppio/net.h"
#include "solver.pb.h"

namespace doppio {

// The samples of one pass over the data set of the net's first Data or
// ImageData layer; 0 if it has none.
int64_t EpochSize(const Net& net);

// The images of one batch, as the first layer makes them that has no bottoms;
// 0 if unknown.
int64_t BatchSize(const Net& net);

// Puts into max_iter, test_interval and snapshot what max_epochs,
// test_interval_epochs and snapshot_epochs make for this training net, which
// takes so many images per iteration.
void CountEpochs(const Net& train, int64_t per_iteration,
                 SolverParameter* param);

// The batches that take every sample once, the last perhaps being smaller.
int BatchesOfWholeSet(const Net& net);

// Lets each epoch of the net's data layers end with a batch of its own.
void CutLastBatches(NetParameter* net);

// Makes the data layers go on at the start of an epoch.
void SeekEpoch(Net* net);

// Throws Error if an interval is given in epochs and in iterations.
void CheckEpochs(const SolverParameter& param);

}  // namespace doppio
