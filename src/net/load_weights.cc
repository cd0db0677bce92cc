#include "net/load_weights.h"

#include <glog/logging.h>

#include <set>
#include <sstream>
#include <vector>

#include "doppio/error.h"
#include "io/weights.h"

namespace doppio {

void LoadWeights(const std::string& files, bool allow_unmatched, Net* net) {
  std::set<std::string> found;
  std::istringstream list(files);
  for (std::string file; std::getline(list, file, ',');) {
    if (file.empty()) continue;
    const std::vector<std::string> taken = net->CopyWeights(ReadWeights(file));
    Require(allow_unmatched || !taken.empty(), file,
            " has parameters for none of the net's layers; they are matched by "
            "the layers' names, and --allow_unmatched goes on all the same");
    found.insert(taken.begin(), taken.end());
  }
  for (const Learnable& learnable : net->learnables()) {
    if (learnable.index > 0 || found.count(learnable.layer)) continue;
    LOG(WARNING) << "layer \"" << learnable.layer << "\" is not in " << files
                 << " and keeps its filler's values";
  }
}

}  // namespace doppio
