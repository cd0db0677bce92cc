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

void UpdateRuleRegistry::Add(const std::string& type, Factory factory) {
  CHECK(factories_.emplace(type, factory).second)
      << type << " is registered twice";
}

std::unique_ptr<UpdateRule> UpdateRuleRegistry::Create(
    const SolverParameter& param) const {
  const auto found = factories_.find(param.type());
  if (found != factories_.end()) return found->second(param);
  std::vector<std::string> types;
  for (const auto& entry : factories_) types.push_back(entry.first);
  throw Error("unknown solver type \"", param.type(), "\"; did you mean \"",
              Nearest(param.type(), types), "\"?");
}

}  // namespace doppio
