#pragma once

#include <memory>
#include <string>
#include <vector>

#include "doppio/net.h"
#include "doppio/solver.h"

namespace doppio {

// The model files that SolverParameter.weights names, also several in one
// string, separated by commas.
std::vector<std::string> WeightsFiles(const SolverParameter& param);

// Copies the parameters of a model file into the layers of the same names, but
// for the layer `afresh`, if it is not empty, and logs what was found and what
// was not.
void StartFrom(const std::string& weights_file, bool allow_unmatched,
               const std::string& afresh, Net* train,
               const std::vector<std::unique_ptr<Net>>& tests);

// Freezes all layers but the named ones: their parameters get a lr_mult of 0,
// and BatchNorm keeps its statistics. With `classes`, the last of the named
// layers that has a num_output gets that many; returns its name, else "".
// Throws Error for names of no layer that learns.
std::string Tune(const FineTuning& tuning, const Context& context,
                 NetSource* source);

// The seconds of a pass forward and backward, on random data that need no data
// set; the least of a few.
double StepSeconds(const NetSource& source, const Context& context);

// Says what is trained and what is not, and how much time that saves.
void TellTuning(const SolverSource& source, const FineTuning& tuning,
                const Context& context);

}  // namespace doppio
