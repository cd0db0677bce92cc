#pragma once

#include <string>
#include <vector>

#include "net.pb.h"
#include "solver.pb.h"

namespace doppio {

// A net together with where each of its layers stood, so that whatever goes
// wrong later can be told with file and line.
struct NetSource {
  NetParameter net;
  std::string file;
  std::vector<int> layer_lines;  // of net.layer(i), from 1; 0 if unknown

  // train_val.prototxt:41: layer "pool5" (Pooling)
  std::string Locate(int layer) const;
};

// Reads text. Throws Error with file:line:column; names of fields and enum
// values that do not exist come with the nearest that do.
NetSource ReadNet(const std::string& file);
NetSource ParseNet(const std::string& text, const std::string& file);

struct SolverSource {
  SolverParameter solver;
  std::string file;
};
SolverSource ReadSolver(const std::string& file);
SolverSource ParseSolver(const std::string& text, const std::string& file);

}  // namespace doppio
