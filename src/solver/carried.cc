#include "solver/carried.h"

#include "io/blob_proto.h"

namespace doppio {
namespace {

const CarriedTensors* Find(const std::string& net, const std::string& layer,
                           const SolverState& state) {
  for (const CarriedTensors& saved : state.carried()) {
    if (saved.net() == net && saved.layer() == layer) return &saved;
  }
  return nullptr;
}

}  // namespace

void SaveCarried(const std::string& net_name, const Net& net,
                 SolverState* state) {
  for (const Step& step : net.steps()) {
    const std::vector<Tensor*> carried = step.layer->carried();
    if (carried.empty() || carried[0]->empty()) continue;
    CarriedTensors* saved = state->add_carried();
    saved->set_net(net_name);
    saved->set_layer(step.layer->name());
    for (const Tensor* tensor : carried) ToProto(*tensor, saved->add_tensor());
  }
}

void RestoreCarried(const std::string& net_name, const SolverState& state,
                    Net* net) {
  for (const Step& step : net->steps()) {
    const std::vector<Tensor*> carried = step.layer->carried();
    const CarriedTensors* saved = Find(net_name, step.layer->name(), state);
    const bool fits = saved != nullptr &&
                      saved->tensor_size() == static_cast<int>(carried.size());
    for (size_t i = 0; i < carried.size(); ++i) {
      *carried[i] = Tensor();
      if (!fits) continue;
      const BlobProto& tensor = saved->tensor(static_cast<int>(i));
      *carried[i] = Tensor(ShapeOf(tensor), step.layer->device());
      carried[i]->CopyFrom(ValuesOf(tensor));
    }
  }
}

}  // namespace doppio
