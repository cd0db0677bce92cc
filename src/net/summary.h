#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "doppio/net.h"

namespace doppio {

// What one step of a net computes and keeps.
struct StepSummary {
  std::string name;
  std::string type;
  std::string output;          // shapes of its tops
  bool inserted = false;       // a split or reorder that no prototxt names
  int64_t parameters = 0;      // to learn; shared ones count at their owner
  int64_t statistics = 0;      // running sums, as BatchNorm's
  int64_t multiply_adds = 0;   // of the whole batch
  size_t blob_bytes = 0;       // its tops' data and diffs, where it owns them
  size_t parameter_bytes = 0;  // statistics included
  size_t gradient_bytes = 0;   // the parameters' diffs
};

struct NetSummary {
  std::vector<StepSummary> steps;
  StepSummary total;
  int batch = 1;  // the first extent of the first input
};

// `replaced` are types to show in the place of Input layers', by layer name;
// see ReplaceDataLayers.
NetSummary Summarize(const Net& net,
                     const std::map<std::string, std::string>& replaced);

// An aligned table, one row per step and one of totals.
std::string ToTable(const NetSummary& summary);

// 60965224 -> "60,965,224".
std::string WithThousands(int64_t number);

// Bytes in MiB, "1,024.50".
std::string Mebibytes(size_t bytes);

// The net in Graphviz's language: boxes for layers, edges for the blobs that
// flow between them.
std::string ToDot(const Net& net,
                  const std::map<std::string, std::string>& replaced);

}  // namespace doppio
