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

// What becomes of fields that do not exist: an Error, or a warning in the log.
enum class UnknownFields { kRefuse, kWarn };

// Reads text, in today's format or an older one. Throws Error with
// file:line:column; names of fields and enum values that do not exist come with
// the nearest that do.
NetSource ReadNet(const std::string& file,
                  UnknownFields unknown = UnknownFields::kRefuse);
NetSource ParseNet(const std::string& text, const std::string& file,
                   UnknownFields unknown = UnknownFields::kRefuse);

struct SolverSource {
  SolverParameter solver;
  std::string file;
  UnknownFields unknown = UnknownFields::kRefuse;  // for the nets it names, too
};
SolverSource ReadSolver(const std::string& file,
                        UnknownFields unknown = UnknownFields::kRefuse);
SolverSource ParseSolver(const std::string& text, const std::string& file,
                         UnknownFields unknown = UnknownFields::kRefuse);

}  // namespace doppio
