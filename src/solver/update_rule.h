#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "device/update_control.h"
#include "doppio/tensor.h"
#include "solver.pb.h"

namespace doppio {

// One learnable parameter to be updated: `count` floats of each kind, in
// the parameter's layout, so that those which only pad it are zeros.
struct ParameterUpdate {
  int64_t count = 0;
  float* data = nullptr;
  const float* diff = nullptr;
  float* history[2] = {nullptr, nullptr};  // as many as UpdateRule::memories()
  float rate = 0;                          // the learning rate times lr_mult
  float scale = 1;    // of the diff: clip_gradients, iter_size
  float l1 = 0;       // weight_decay times decay_mult, for the one or the other
  float l2 = 0;       // regularization_type
  float shrink = 0;   // the share of each weight that AdamW takes off it
  int iteration = 0;  // updates done before this one
  // Of a GPU's memory: what counts there instead of `scale`, unless null.
  const UpdateControl::Values* control = nullptr;
};

// How a parameter moves along its gradient. A rule is made from the solver's
// parameters and keeps no state but the histories it is given.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  // Numbers remembered per number learned, 1 or 2.
  virtual int memories() const { return 1; }
  virtual void Apply(const std::vector<ParameterUpdate>& updates) const = 0;
};

// The update rules of this build, by SolverParameter.type.
class UpdateRuleRegistry {
 public:
  using Factory = std::unique_ptr<UpdateRule> (*)(const SolverParameter&);

  static UpdateRuleRegistry& Global();
  void Add(const std::string& type, Device device, Factory factory);
  // Throws Error for a type that does not exist, naming the nearest that does,
  // for one that the device does not have, and for parameters that the rule
  // cannot work with.
  std::unique_ptr<UpdateRule> Create(const SolverParameter& param,
                                     Device device = Device::kCpu) const;

 private:
  std::map<std::pair<std::string, Device>, Factory> factories_;
};

// const RegisterUpdateRule<Sgd> kSgd("SGD");
template <typename Rule>
struct RegisterUpdateRule {
  explicit RegisterUpdateRule(const char* type, Device device = Device::kCpu) {
    UpdateRuleRegistry::Global().Add(
        type, device,
        [](const SolverParameter& param) -> std::unique_ptr<UpdateRule> {
          return std::make_unique<Rule>(param);
        });
  }
};

}  // namespace doppio
