#include "solver/fine_tuning.h"

#include <glog/logging.h>

#include <algorithm>
#include <sstream>

#include "doppio/error.h"
#include "io/weights.h"

namespace doppio {
namespace {

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t");
  const size_t last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

// Whether the net has parameters that it does not share with `train`.
bool HasItsOwn(const Net& net, Net* train) {
  return std::any_of(net.steps().begin(), net.steps().end(),
                     [&](const Step& step) {
                       return !step.layer->params().empty() &&
                              train->layer(step.layer->name()) == nullptr;
                     });
}

// The layers with parameters that are not among `names`.
std::string Others(const Net& net, const std::vector<std::string>& names) {
  std::string others;
  for (const Step& step : net.steps()) {
    const std::string& name = step.layer->name();
    const bool named =
        std::find(names.begin(), names.end(), name) != names.end();
    if (step.layer->params().empty() || named) continue;
    others += (others.empty() ? "" : ", ") + name;
  }
  return others;
}

}  // namespace

std::vector<std::string> WeightsFiles(const SolverParameter& param) {
  std::vector<std::string> files;
  for (const std::string& list : param.weights()) {
    std::istringstream parts(list);
    for (std::string part; std::getline(parts, part, ',');) {
      if (!Trim(part).empty()) files.push_back(Trim(part));
    }
  }
  return files;
}

void StartFrom(const std::string& weights_file, bool allow_unmatched,
               Net* train, const std::vector<std::unique_ptr<Net>>& tests) {
  const NetParameter weights = ReadWeights(weights_file);
  const std::vector<std::string> taken = train->CopyWeights(weights);
  for (const auto& test : tests) {
    if (HasItsOwn(*test, train)) test->CopyWeights(weights);
  }
  Require(allow_unmatched || !taken.empty(), "weights ", weights_file,
          ": no layer of the net has a name that occurs there; "
          "--allow_unmatched starts all the same");
  const std::string others = Others(*train, taken);
  LOG(INFO) << "weights " << weights_file << ": " << taken.size()
            << " layers start from there"
            << (others.empty() ? "" : "; not in it: " + others);
}

}  // namespace doppio
