#pragma once

#include <string>

#include "doppio/prototxt.h"
#include "net.pb.h"
#include "solver.pb.h"

namespace doppio {

// A snapshot is two files, PREFIX_iter_N.caffemodel with the parameters and
// PREFIX_iter_N.solverstate with everything else that decides how training
// goes on. The state names its model file and is written after it, so that a
// state stands for a complete pair.
struct SavedRun {
  SolverState state;
  NetParameter weights;  // empty if the state, one of Caffe's, names none
};

// PREFIX: snapshot_prefix; if that is a folder, the solver file's name in it;
// if there is none, the solver file's path; always without its extension.
std::string SnapshotPrefix(const SolverSource& source);

// Those of format HDF5 end with .h5.
std::string WeightsFile(
    const std::string& prefix, int iteration,
    SolverParameter::SnapshotFormat format = SolverParameter::BINARYPROTO);
std::string StateFile(
    const std::string& prefix, int iteration,
    SolverParameter::SnapshotFormat format = SolverParameter::BINARYPROTO);

// The model file of the best test so far.
std::string BestFile(const std::string& prefix,
                     SolverParameter::SnapshotFormat format);

// Throws Error if no file of this prefix and format can be made.
void CheckWritable(const std::string& prefix,
                   SolverParameter::SnapshotFormat format);

// Writes the model file of the iteration that `state` says, atomically, and
// notes in the state what ties it to these weights. WriteState is to follow:
// apart, so that weights and history need not be in memory twice at a time.
void WriteModel(const std::string& prefix,
                SolverParameter::SnapshotFormat format,
                const NetParameter& weights, SolverState* state);

// Reads a state and the model file it names, which may also lie beside it.
// Throws Error if one of them is missing or damaged, or if they do not belong
// together; it names the newest good one of the older snapshots.
SavedRun ReadSnapshot(const std::string& state_file);

// Removes the prefix's snapshots up to `iteration`, but for the latest `keep`
// of them. Later ones, of a longer run before this, stay.
void RemoveOldSnapshots(const std::string& prefix, int iteration, int keep);

// The state file of the prefix's newest snapshot that can be read, of those
// before the iteration `before`; empty if there is none. Logs why others were
// passed over if `tell`.
std::string NewestSnapshot(const std::string& prefix, int before, bool tell);

}  // namespace doppio
