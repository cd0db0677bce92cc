#include "doppio/layer_registry.h"

#include <glog/logging.h>

#include <set>

#include "core/edit_distance.h"
#include "core/foreign_types.h"
#include "doppio/error.h"

namespace doppio {

LayerRegistry& LayerRegistry::Global() {
  static LayerRegistry registry;
  return registry;
}

void LayerRegistry::Add(const std::string& type, Device device,
                        Factory factory) {
  CHECK(factories_.emplace(std::make_pair(type, device), factory).second)
      << type << " is registered twice";
}

std::unique_ptr<Layer> LayerRegistry::Create(const LayerParameter& param,
                                             const Context& context) const {
  auto found = factories_.find({param.type(), context.device()});
  if (found != factories_.end()) return found->second(param, context);
  // A type that has no CUDA half runs on the CPU.
  found = factories_.find({param.type(), Device::kCpu});
  if (found != factories_.end()) {
    return found->second(param, context.On(Device::kCpu));
  }
  Require(param.type() != "Python", "a Python layer is a program in Python, \"",
          param.python_param().module(), ".", param.python_param().layer(),
          "\", which Doppio does not run; write it in C++, as "
          "src/layers/README.md shows, or leave it out");
  Require(!param.type().empty(), "has no type");
  const std::string definers = DefinersOf(param.type());
  throw Error("unknown layer type \"", param.type(), "\"",
              definers.empty() ? "" : ", known from " + definers,
              Suggestion(param.type(), Types()));
}

std::vector<std::string> LayerRegistry::Types() const {
  std::set<std::string> types;
  for (const auto& entry : factories_) types.insert(entry.first.first);
  return {types.begin(), types.end()};
}

}  // namespace doppio
