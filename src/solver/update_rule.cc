#include "solver/update_rule.h"

#include <glog/logging.h>

#include <vector>

#include "core/edit_distance.h"
#include "doppio/error.h"

namespace doppio {

UpdateRuleRegistry& UpdateRuleRegistry::Global() {
  static UpdateRuleRegistry registry;
  return registry;
}

void UpdateRuleRegistry::Add(const std::string& type, Device device,
                             Factory factory) {
  CHECK(factories_.emplace(std::make_pair(type, device), factory).second)
      << type << " is registered twice";
}

std::unique_ptr<UpdateRule> UpdateRuleRegistry::Create(
    const SolverParameter& param, Device device) const {
  const auto found = factories_.find({param.type(), device});
  if (found != factories_.end()) return found->second(param);
  std::vector<std::string> types;
  for (const auto& entry : factories_) {
    if (entry.first.second == device) types.push_back(entry.first.first);
  }
  Require(factories_.count({param.type(), Device::kCpu}) == 0, "solver type \"",
          param.type(), "\" does not run on the GPU yet, but ",
          types.empty() ? "" : types[0], " does; or run with --device=cpu");
  throw Error("unknown solver type \"", param.type(), "\"",
              Suggestion(param.type(), types));
}

}  // namespace doppio
