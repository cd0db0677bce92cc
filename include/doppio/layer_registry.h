#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "doppio/layer.h"

namespace doppio {

// The layers of this build, by prototxt type and device.
class LayerRegistry {
 public:
  using Factory = std::unique_ptr<Layer> (*)(const LayerParameter&,
                                             const Context&);

  static LayerRegistry& Global();

  void Add(const std::string& type, Device device, Factory factory);

  // Throws Error for a type that does not exist, naming the nearest that does.
  std::unique_ptr<Layer> Create(const LayerParameter& param,
                                const Context& context) const;

  std::vector<std::string> Types() const;

 private:
  std::map<std::pair<std::string, Device>, Factory> factories_;
};

// Registers L as it is constructed, before main:
//   const RegisterLayer<PoolingCpu> kPoolingCpu("Pooling", Device::kCpu);
template <typename L>
struct RegisterLayer {
  RegisterLayer(const char* type, Device device) {
    LayerRegistry::Global().Add(
        type, device,
        [](const LayerParameter& param,
           const Context& context) -> std::unique_ptr<Layer> {
          return std::make_unique<L>(param, context);
        });
  }
};

}  // namespace doppio
