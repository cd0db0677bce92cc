#pragma once

#include <memory>
#include <string>
#include <vector>

#include "doppio/net.h"
#include "solver.pb.h"

namespace doppio {

// The model files that SolverParameter.weights names, also several in one
// string, separated by commas.
std::vector<std::string> WeightsFiles(const SolverParameter& param);

// Copies the parameters of a model file into the layers of the same names, and
// logs what was found and what was not.
void StartFrom(const std::string& weights_file, bool allow_unmatched,
               Net* train, const std::vector<std::unique_ptr<Net>>& tests);

}  // namespace doppio
